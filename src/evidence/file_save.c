#include "evidence/evidence_file.h"

#include "base/file.h"
#include "base/file_write.h"
#include "evidence/file_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static bool is_standard(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* Does an open file begin as an evidence file does? */
static bool is_evidence_file(int fd)
{
	unsigned char header[FILE_HEADER_BYTES];

	return pread(fd, header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
	       file_header_is_ours(header);
}

/* Something is there already; a symbolic link is not followed, it would be replaced. */
static int check_existing(const char *path, const struct stat *about, bool force,
			  struct error *err)
{
	auto_close int fd = -1;

	if (!S_ISREG(about->st_mode))
		return error_set(err, -EINVAL, "'%s' exists and is no file", path);
	if (force)
		return 0;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | FILE_OPEN_FLAGS);
	if (fd >= 0 && is_evidence_file(fd))
		return 0;
	return error_set(
		err, -EINVAL,
		"'%s' exists and is no evidence file: it is left as it is (--force overwrites it)",
		path);
}

int evidence_file_check(const char *path, bool force, struct error *err)
{
	struct stat about;

	if (is_standard(path))
		return 0;
	if (lstat(path, &about) == 0)
		return check_existing(path, &about, force, err);
	if (errno == ENOENT)
		return 0;
	return error_set(err, -errno, "cannot look at '%s': %s", path, strerror(errno));
}

/* The folder of a path, open, and the name in it. */
static int open_folder_of(const char *path, const char **ret_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *folder =
		slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
	int fd;

	if (!folder)
		return error_set(err, -ENOMEM, "out of memory");
	*ret_name = slash ? slash + 1 : path;
	if (**ret_name == '\0')
		return error_set(err, -EISDIR, "'%s' is a folder", path);
	fd = file_open_folder(AT_FDCWD, folder);
	if (fd < 0)
		return error_set(err, fd, "cannot open folder '%s': %s", folder,
				 strerror(-fd));
	return fd;
}

static int write_standard(const void *image, size_t size, struct error *err)
{
	if (fwrite(image, 1, size, stdout) == size && fflush(stdout) == 0)
		return 0;
	return error_set(err, -EIO, "cannot write to the standard output: %s",
			 strerror(errno));
}

static int write_image(const void *image, size_t size, const char *path, bool force,
		       struct error *err)
{
	auto_close int folder = -1;
	const char *name = NULL;
	int r;

	if (is_standard(path))
		return write_standard(image, size, err);
	r = evidence_file_check(path, force, err);
	if (r < 0)
		return r;
	folder = open_folder_of(path, &name, err);
	if (folder < 0)
		return folder;
	r = file_replace(folder, name, image, size, 0600);
	return r < 0 ? error_set(err, r, "cannot write '%s': %s", path, strerror(-r)) : 0;
}

int evidence_save(struct evidence *evidence, const char *path, bool force,
		  struct error *err)
{
	sqlite3_int64 size = 0;
	unsigned char *image = sqlite3_serialize(evidence->db, "main", &size, 0);
	int r;

	if (!image)
		return error_set(err, -ENOMEM, "out of memory");
	if (size > EVIDENCE_FILE_BYTES)
		r = error_set(err, -EFBIG,
			      "the evidence takes %lld bytes, more than the %d of a file",
			      (long long)size, EVIDENCE_FILE_BYTES);
	else
		r = write_image(image, (size_t)size, path, force, err);
	sqlite3_free(image);
	return r;
}
