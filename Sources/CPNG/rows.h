// The rows of a PNG: filtered and compressed in strips, on several threads.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Rows on their way into a file.
typedef struct cpng_rows cpng_rows;

/// Takes a piece of the zlib stream; answers 0 to go on.
typedef int (*cpng_piece_sink)(void *context, const uint8_t *bytes, size_t size);

/// Room for rows of `row_bytes` with `pixel_bytes` a pixel, `height` of them in all. NULL where no
/// memory is left.
cpng_rows *cpng_rows_create(size_t row_bytes, uint32_t height, size_t pixel_bytes, int level,
                            int filters);

/// How many threads work at most; all processors unless told. The bytes are the same.
void cpng_rows_limit_threads(cpng_rows *rows, int threads);

/// Takes one row; hands the stream on whenever enough rows are there, and its end after the last.
/// 0 on success, -1 where zlib failed or the sink stopped.
int cpng_rows_add(cpng_rows *rows, const uint8_t *row, cpng_piece_sink sink, void *context);

/// How many rows are still missing.
uint32_t cpng_rows_missing(const cpng_rows *rows);

/// Frees everything; NULL is allowed.
void cpng_rows_free(cpng_rows *rows);

/// Filters a row as PNG wants it (https://www.w3.org/TR/png-3/#9Filters): `out` gets the number of the
/// filter and then `row_bytes` bytes. Each of the five is tried, and the one taken whose bytes, as signed
/// numbers, have the smallest sum of magnitudes. `trial` has room for `row_bytes` bytes.
void cpng_filter_row(const uint8_t *row, const uint8_t *above, size_t row_bytes, size_t pixel_bytes,
                     uint8_t *out, uint8_t *trial);
