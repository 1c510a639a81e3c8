// libpng behind functions that never longjmp out: every libpng error comes back as text.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Room for an error text, terminator included.
#define CPNG_MESSAGE_SIZE 200

/// The version of the library that is loaded, as `1.6.39`.
const char *cpng_library_version(void);

// Reading

/// A PNG being read from memory that the caller owns and keeps until `cpng_reader_free`.
typedef struct cpng_reader cpng_reader;

/// What the chunks before the first IDAT say.
typedef struct cpng_info {
    uint32_t width;
    uint32_t height;
    uint8_t bit_depth;      ///< As stored: 1, 2, 4, 8, 16.
    uint8_t colour_type;    ///< As stored: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA.
    uint8_t has_trns;       ///< 1 if a transparent colour or palette alpha is there.
    uint8_t channels;       ///< After expansion: 1...4.
} cpng_info;

/// Reads up to the first IDAT. NULL on failure, with `message` filled.
cpng_reader *cpng_reader_open(const uint8_t *data, size_t size, uint32_t maximum_side,
                              cpng_info *info, char message[CPNG_MESSAGE_SIZE]);

/// Reads every row, palette and transparency expanded, samples as stored (no gamma, no colour
/// management): 8 bits a sample, or with `deep` 16 bits in host order. `out` has exactly
/// height * width * channels samples. 0 on success, else -1 with `message` filled.
int cpng_reader_read(cpng_reader *reader, void *out, size_t out_bytes, int deep,
                     char message[CPNG_MESSAGE_SIZE]);

/// The last warning of the reader, or an empty string.
const char *cpng_reader_warning(const cpng_reader *reader);

/// Frees a reader; NULL is allowed.
void cpng_reader_free(cpng_reader *reader);

// Writing

/// A PNG being written row by row.
typedef struct cpng_writer cpng_writer;

/// Takes `size` bytes; answers 0 to go on, anything else to stop.
typedef int (*cpng_sink)(void *context, const uint8_t *bytes, size_t size);

/// Starts a picture of 8 bits a sample. `channels` 1...4, `level` of zlib 1...9, `filters` 0 for
/// none or 1 for all. Writes signature and IHDR. NULL on failure.
cpng_writer *cpng_writer_open(uint32_t width, uint32_t height, int channels, int level, int filters,
                              cpng_sink sink, void *context, char message[CPNG_MESSAGE_SIZE]);

/// How many threads filter and compress at most; up to four, on as many processors, unless told. The
/// bytes are the same.
void cpng_writer_limit_threads(cpng_writer *writer, int threads);

/// Writes an ancillary chunk of the caller's making, before the first row.
int cpng_writer_chunk(cpng_writer *writer, const char name[4], const uint8_t *data, size_t size,
                      char message[CPNG_MESSAGE_SIZE]);

/// Appends `count` rows that lie `stride` bytes apart. They are filtered and compressed in strips, some at
/// the same time.
int cpng_writer_rows(cpng_writer *writer, const uint8_t *rows, size_t stride, uint32_t count,
                     char message[CPNG_MESSAGE_SIZE]);

/// Ends the file, after the last row.
int cpng_writer_finish(cpng_writer *writer, char message[CPNG_MESSAGE_SIZE]);

/// Frees a writer; NULL is allowed.
void cpng_writer_free(cpng_writer *writer);

// zlib, for text chunks

/// Compresses into `out`; the size written, or 0 if it does not fit.
size_t cpng_deflate(const uint8_t *data, size_t size, uint8_t *out, size_t capacity);

/// Most bytes that `cpng_deflate` can need for `size` bytes.
size_t cpng_deflate_bound(size_t size);

/// Decompresses into `out`; 0 with `*written` set, or -1 if damaged or larger than `capacity`.
int cpng_inflate(const uint8_t *data, size_t size, uint8_t *out, size_t capacity, size_t *written);

/// The CRC-32 of PNG chunks, going on from `crc` (0 at first).
uint32_t cpng_crc(uint32_t crc, const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
