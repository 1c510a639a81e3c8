#define _GNU_SOURCE
#include "rows.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

// Rows are gathered into strips, and strips into a batch. All strips of a batch are filtered at the
// same time, then all are compressed at the same time, each with the last 32 KB before it as its
// dictionary, so that cutting costs a few bytes a strip. Where strips end is a matter of the
// picture's shape alone: the file is the same whatever the number of threads.

enum { STRIPS = 8, MOST_THREADS = 4 };
static const size_t strip_size = 128 << 10, window = 32 << 10, most_at_once = 1 << 30;

typedef struct {
    uint8_t *trial;
    uint8_t *compressed;
    size_t compressed_size;
    size_t filtered_size;
    uLong adler;
    int failed;
} strip;

struct cpng_rows {
    size_t row_bytes, pixel_bytes, strip_rows, capacity, room;
    uint32_t height;
    int level, filters, threads;
    /// Rows handed on, and rows that wait.
    uint32_t done, waiting;
    uLong adler;
    /// The row before the batch, then the batch.
    uint8_t *raw;
    /// What lies up to a window before the batch, filtered, then the batch.
    uint8_t *filtered;
    size_t dictionary;
    strip strips[STRIPS];
};

static int processors(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

cpng_rows *cpng_rows_create(size_t row_bytes, uint32_t height, size_t pixel_bytes, int level,
                            int filters) {
    cpng_rows *rows = calloc(1, sizeof *rows);
    if (!rows) return NULL;
    size_t line = row_bytes + 1;
    rows->row_bytes = row_bytes;
    rows->pixel_bytes = pixel_bytes;
    rows->height = height;
    rows->level = level;
    rows->filters = filters;
    rows->threads = processors();
    rows->adler = adler32(0, NULL, 0);
    rows->strip_rows = strip_size / line > 0 ? strip_size / line : 1;
    rows->capacity = rows->strip_rows * STRIPS < height ? rows->strip_rows * STRIPS : height;
    size_t largest = rows->strip_rows < height ? rows->strip_rows : height;
    // A flush adds 5 bytes, the ends of the stream 6.
    rows->room = deflateBound(NULL, largest * line) + 64;
    rows->raw = calloc(rows->capacity + 1, row_bytes);
    rows->filtered = malloc(window + rows->capacity * line);
    int complete = rows->raw && rows->filtered;
    for (size_t i = 0; i * rows->strip_rows < rows->capacity; i++) {
        strip *strip = &rows->strips[i];
        strip->trial = malloc(row_bytes);
        strip->compressed = malloc(rows->room);
        complete = complete && strip->trial && strip->compressed;
    }
    if (complete) return rows;
    cpng_rows_free(rows);
    return NULL;
}

void cpng_rows_limit_threads(cpng_rows *rows, int threads) { rows->threads = threads; }

uint32_t cpng_rows_missing(const cpng_rows *rows) {
    return rows->height - rows->done - rows->waiting;
}

void cpng_rows_free(cpng_rows *rows) {
    if (!rows) return;
    for (int i = 0; i < STRIPS; i++) {
        free(rows->strips[i].trial);
        free(rows->strips[i].compressed);
    }
    free(rows->raw);
    free(rows->filtered);
    free(rows);
}

/// Where a strip of the batch begins and how many rows it has.
static size_t strip_start(const cpng_rows *rows, int index, size_t *count) {
    size_t first = (size_t)index * rows->strip_rows;
    size_t left = rows->waiting - first;
    *count = left < rows->strip_rows ? left : rows->strip_rows;
    return first;
}

static void filter_strip(cpng_rows *rows, int index) {
    size_t count, bytes = rows->row_bytes;
    size_t first = strip_start(rows, index, &count);
    uint8_t *out = rows->filtered + window + first * (bytes + 1);
    for (size_t y = first; y < first + count; y++, out += bytes + 1) {
        const uint8_t *above = rows->raw + y * bytes, *row = above + bytes;
        if (rows->filters) {
            cpng_filter_row(row, above, bytes, rows->pixel_bytes, out, rows->strips[index].trial);
        } else {
            out[0] = 0;
            memcpy(out + 1, row, bytes);
        }
    }
}

/// Whether zlib took all of it, and it fits.
static int squeeze(z_stream *stream, const uint8_t *bytes, size_t size, int flush, strip *strip,
                   size_t room) {
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    for (;;) {
        size_t part = size < most_at_once ? size : most_at_once;
        size_t free_room = room - strip->compressed_size;
        uInt out = (uInt)(free_room < most_at_once ? free_room : most_at_once);
        int is_last = part == size;
        stream->avail_in = (uInt)part;
        stream->next_out = strip->compressed + strip->compressed_size;
        stream->avail_out = out;
        int code = deflate(stream, is_last ? flush : Z_NO_FLUSH);
        strip->compressed_size += out - stream->avail_out;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return 0;
        size -= part - stream->avail_in;
        if (size == 0 && (flush == Z_FINISH ? code == Z_STREAM_END : stream->avail_out > 0)) return 1;
        if (strip->compressed_size == room) return 0;
    }
}

static void compress_strip(cpng_rows *rows, int index) {
    strip *strip = &rows->strips[index];
    size_t count, line = rows->row_bytes + 1;
    size_t first = strip_start(rows, index, &count);
    const uint8_t *bytes = rows->filtered + window + first * line;
    size_t before = rows->dictionary + first * line;
    if (before > window) before = window;
    strip->filtered_size = count * line;
    strip->adler = adler32_z(adler32(0, NULL, 0), bytes, strip->filtered_size);
    strip->compressed_size = 0;
    z_stream stream = {0};
    strip->failed = deflateInit2(&stream, rows->level, Z_DEFLATED, -15, 8,
                                 rows->filters ? Z_FILTERED : Z_DEFAULT_STRATEGY) != Z_OK;
    if (strip->failed) return;
    if (before > 0) deflateSetDictionary(&stream, bytes - before, (uInt)before);
    int is_last = rows->done + first + count == rows->height;
    strip->failed = !squeeze(&stream, bytes, strip->filtered_size, is_last ? Z_FINISH : Z_SYNC_FLUSH,
                             strip, rows->room - 8);
    deflateEnd(&stream);
}

typedef struct {
    cpng_rows *rows;
    void (*work)(cpng_rows *, int);
    int count;
    atomic_int next;
} crew;

static void *take_part(void *context) {
    crew *crew = context;
    for (;;) {
        int index = atomic_fetch_add(&crew->next, 1);
        if (index >= crew->count) return NULL;
        crew->work(crew->rows, index);
    }
}

/// Does the work for each strip, on as many threads as are wanted and can be had.
static void together(cpng_rows *rows, int count, void (*work)(cpng_rows *, int)) {
    crew crew = {.rows = rows, .work = work, .count = count};
    atomic_init(&crew.next, 0);
    pthread_t threads[MOST_THREADS];
    int started = 0;
    // Signals are for the threads that were there before.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (started + 1 < count && started + 1 < rows->threads && started + 1 < MOST_THREADS
           && pthread_create(&threads[started], NULL, take_part, &crew) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    take_part(&crew);
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
}

/// The two bytes before a zlib stream (RFC 1950): a window of 32 KB, and how hard was tried.
static void put_header(uint8_t out[2], int level) {
    out[0] = 0x78;
    out[1] = level <= 1 ? 0x01 : level <= 5 ? 0x5e : level == 6 ? 0x9c : 0xda;
}

static int hand_on(cpng_piece_sink sink, void *context, const uint8_t *bytes, size_t size) {
    for (size_t start = 0; start < size; start += most_at_once) {
        size_t part = size - start < most_at_once ? size - start : most_at_once;
        if (sink(context, bytes + start, part) != 0) return -1;
    }
    return 0;
}

static int flush_batch(cpng_rows *rows, cpng_piece_sink sink, void *context) {
    int count = (int)((rows->waiting + rows->strip_rows - 1) / rows->strip_rows);
    together(rows, count, filter_strip);
    together(rows, count, compress_strip);
    uint8_t header[2];
    put_header(header, rows->level);
    if (rows->done == 0) {
        // With the first piece, so that no piece is of two bytes.
        strip *first = &rows->strips[0];
        memmove(first->compressed + 2, first->compressed, first->compressed_size);
        memcpy(first->compressed, header, 2);
        first->compressed_size += 2;
    }
    for (int i = 0; i < count; i++) {
        if (rows->strips[i].failed) return -1;
        rows->adler = adler32_combine(rows->adler, rows->strips[i].adler,
                                      (z_off_t)rows->strips[i].filtered_size);
    }
    if (rows->done + rows->waiting == rows->height) {
        strip *last = &rows->strips[count - 1];
        for (int shift = 24; shift >= 0; shift -= 8)
            last->compressed[last->compressed_size++] = (uint8_t)(rows->adler >> shift);
    }
    for (int i = 0; i < count; i++) {
        const strip *strip = &rows->strips[i];
        if (hand_on(sink, context, strip->compressed, strip->compressed_size) != 0) return -1;
    }
    // What the next batch looks back at.
    size_t size = (size_t)rows->waiting * (rows->row_bytes + 1);
    size_t all = rows->dictionary + size, kept = all < window ? all : window;
    memmove(rows->filtered + window - kept, rows->filtered + window + size - kept, kept);
    rows->dictionary = kept;
    memcpy(rows->raw, rows->raw + rows->waiting * rows->row_bytes, rows->row_bytes);
    rows->done += rows->waiting;
    rows->waiting = 0;
    return 0;
}

int cpng_rows_add(cpng_rows *rows, const uint8_t *row, cpng_piece_sink sink, void *context) {
    if (cpng_rows_missing(rows) == 0) return -1;
    rows->waiting++;
    memcpy(rows->raw + rows->waiting * rows->row_bytes, row, rows->row_bytes);
    if (rows->waiting < rows->capacity && cpng_rows_missing(rows) > 0) return 0;
    return flush_batch(rows, sink, context);
}
