#include "CPNG.h"
#include "rows.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// libpng reports errors by longjmp. Each function below that calls libpng sets its own jump first,
// and keeps everything that it needs afterwards in the heap struct, not in locals.

struct cpng_reader {
    png_structp png;
    png_infop info;
    const uint8_t *data;
    size_t size;
    size_t position;
    uint32_t width, height;
    int channels;
    char message[CPNG_MESSAGE_SIZE];
    char warning[CPNG_MESSAGE_SIZE];
};

struct cpng_writer {
    png_structp png;
    png_infop info;
    cpng_sink sink;
    void *context;
    cpng_rows *rows;
    char message[CPNG_MESSAGE_SIZE];
};

static void copy_text(char *to, const char *from) {
    strncpy(to, from ? from : "unknown error", CPNG_MESSAGE_SIZE - 1);
    to[CPNG_MESSAGE_SIZE - 1] = '\0';
}

static void on_read_error(png_structp png, png_const_charp text) {
    copy_text(((cpng_reader *)png_get_error_ptr(png))->message, text);
    png_longjmp(png, 1);
}

static void on_read_warning(png_structp png, png_const_charp text) {
    copy_text(((cpng_reader *)png_get_error_ptr(png))->warning, text);
}

static void on_write_error(png_structp png, png_const_charp text) {
    copy_text(((cpng_writer *)png_get_error_ptr(png))->message, text);
    png_longjmp(png, 1);
}

static void on_write_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    cpng_reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->position) png_error(png, "the file ends early");
    memcpy(out, reader->data + reader->position, count);
    reader->position += count;
}

cpng_reader *cpng_reader_open(const uint8_t *data, size_t size, uint32_t maximum_side,
                              cpng_info *info, char message[CPNG_MESSAGE_SIZE]) {
    cpng_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        copy_text(message, "out of memory");
        return NULL;
    }
    reader->data = data;
    reader->size = size;
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_read_error, on_read_warning);
    if (reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader->png || !reader->info) {
        copy_text(message, "out of memory");
        cpng_reader_free(reader);
        return NULL;
    }
    if (setjmp(png_jmpbuf(reader->png))) {
        copy_text(message, reader->message);
        cpng_reader_free(reader);
        return NULL;
    }
    png_structp png = reader->png;
    png_set_read_fn(png, reader, read_bytes);
    png_set_user_limits(png, maximum_side, maximum_side);
    png_set_chunk_malloc_max(png, 8u << 20);
    png_set_chunk_cache_max(png, 64);
    // Text, colour profiles and the like are not needed for pixels: skip them unread.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, reader->info);

    reader->width = png_get_image_width(png, reader->info);
    reader->height = png_get_image_height(png, reader->info);
    info->width = reader->width;
    info->height = reader->height;
    info->bit_depth = png_get_bit_depth(png, reader->info);
    info->colour_type = png_get_color_type(png, reader->info);
    info->has_trns = png_get_valid(png, reader->info, PNG_INFO_tRNS) != 0;
    int colour = info->colour_type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    int alpha = (info->colour_type & PNG_COLOR_MASK_ALPHA) || info->has_trns;
    reader->channels = colour + (alpha ? 1 : 0);
    info->channels = (uint8_t)reader->channels;
    return reader;
}

int cpng_reader_read(cpng_reader *reader, void *out, size_t out_bytes, int deep,
                     char message[CPNG_MESSAGE_SIZE]) {
    if (setjmp(png_jmpbuf(reader->png))) {
        copy_text(message, reader->message);
        return -1;
    }
    png_structp png = reader->png;
    png_set_expand(png);  // palette to RGB, 1/2/4 bits to 8, tRNS to alpha
    if (deep) {
        png_set_expand_16(png);  // 8 bits to 16 by v * 257
        const uint16_t probe = 1;
        if (*(const uint8_t *)&probe) png_set_swap(png);
    } else {
        png_set_strip_16(png);  // the high byte
    }
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);

    size_t row_bytes = png_get_rowbytes(png, reader->info);
    size_t expected = (size_t)reader->width * (size_t)reader->channels * (deep ? 2 : 1);
    if (row_bytes != expected || out_bytes / row_bytes != reader->height || out_bytes % row_bytes)
        png_error(png, "the rows have another size than the header says");
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < reader->height; y++)
            png_read_row(png, (png_bytep)out + (size_t)y * row_bytes, NULL);
    png_read_end(png, NULL);
    return 0;
}

const char *cpng_reader_warning(const cpng_reader *reader) { return reader->warning; }

void cpng_reader_free(cpng_reader *reader) {
    if (!reader) return;
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    cpng_writer *writer = png_get_io_ptr(png);
    if (writer->sink(writer->context, bytes, count) != 0) png_error(png, "writing was stopped");
}

static void flush_nothing(png_structp png) { (void)png; }

cpng_writer *cpng_writer_open(uint32_t width, uint32_t height, int channels, int level, int filters,
                              cpng_sink sink, void *context, char message[CPNG_MESSAGE_SIZE]) {
    static const int colour_types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                       PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    cpng_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        copy_text(message, "out of memory");
        return NULL;
    }
    writer->sink = sink;
    writer->context = context;
    writer->png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_write_error, on_write_warning);
    if (writer->png) writer->info = png_create_info_struct(writer->png);
    if (!writer->png || !writer->info) {
        copy_text(message, "out of memory");
        cpng_writer_free(writer);
        return NULL;
    }
    if (setjmp(png_jmpbuf(writer->png))) {
        copy_text(message, writer->message);
        cpng_writer_free(writer);
        return NULL;
    }
    png_structp png = writer->png;
    png_set_write_fn(png, writer, write_bytes, flush_nothing);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_IHDR(png, writer->info, width, height, 8, colour_types[channels - 1],
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    writer->rows = cpng_rows_create((size_t)width * (size_t)channels, height, (size_t)channels, level,
                                    filters);
    if (!writer->rows) png_error(png, "out of memory");
    png_write_info(png, writer->info);
    return writer;
}

int cpng_writer_chunk(cpng_writer *writer, const char name[4], const uint8_t *data, size_t size,
                      char message[CPNG_MESSAGE_SIZE]) {
    if (setjmp(png_jmpbuf(writer->png))) {
        copy_text(message, writer->message);
        return -1;
    }
    png_write_chunk(writer->png, (png_const_bytep)name, data, size);
    return 0;
}

void cpng_writer_limit_threads(cpng_writer *writer, int threads) {
    cpng_rows_limit_threads(writer->rows, threads);
}

// libpng would filter and compress on one thread; it gets finished pieces instead.
static int write_piece(void *context, const uint8_t *bytes, size_t size) {
    static const png_byte name[5] = "IDAT";
    png_write_chunk(context, name, bytes, size);
    return 0;
}

int cpng_writer_rows(cpng_writer *writer, const uint8_t *rows, size_t stride, uint32_t count,
                     char message[CPNG_MESSAGE_SIZE]) {
    if (setjmp(png_jmpbuf(writer->png))) {
        copy_text(message, writer->message);
        return -1;
    }
    for (uint32_t y = 0; y < count; y++) {
        const uint8_t *row = rows + (size_t)y * stride;
        if (cpng_rows_add(writer->rows, row, write_piece, writer->png) != 0)
            png_error(writer->png, "compressing failed");
    }
    return 0;
}

int cpng_writer_finish(cpng_writer *writer, char message[CPNG_MESSAGE_SIZE]) {
    if (setjmp(png_jmpbuf(writer->png))) {
        copy_text(message, writer->message);
        return -1;
    }
    if (cpng_rows_missing(writer->rows) > 0) png_error(writer->png, "rows are missing");
    // Not png_write_end: it misses the rows that it did not write itself.
    static const png_byte name[5] = "IEND";
    png_write_chunk(writer->png, name, NULL, 0);
    return 0;
}

void cpng_writer_free(cpng_writer *writer) {
    if (!writer) return;
    if (writer->png) png_destroy_write_struct(&writer->png, &writer->info);
    cpng_rows_free(writer->rows);
    free(writer);
}

size_t cpng_deflate(const uint8_t *data, size_t size, uint8_t *out, size_t capacity) {
    uLongf written = capacity;
    return compress2(out, &written, data, size, 9) == Z_OK ? written : 0;
}

size_t cpng_deflate_bound(size_t size) { return compressBound(size); }

int cpng_inflate(const uint8_t *data, size_t size, uint8_t *out, size_t capacity, size_t *written) {
    uLongf count = capacity;
    if (uncompress(out, &count, data, size) != Z_OK) return -1;
    *written = count;
    return 0;
}

uint32_t cpng_crc(uint32_t crc, const uint8_t *data, size_t size) {
    return (uint32_t)crc32_z(crc, data, size);
}

const char *cpng_library_version(void) { return png_get_libpng_ver(NULL); }
