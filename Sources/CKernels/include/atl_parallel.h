// The one OpenMP team (libgomp, shared with oneDNN): loops of our own run on it or on one thread.
#pragma once

/// One thread's share of the work.
typedef void (*atl_body)(void *context, int thread, int thread_count);

/// Runs `body` on `thread_count` threads of the team of the calling thread and waits for them.
/// One thread, or none of the team to be had: runs on the calling thread.
void atl_parallel(int thread_count, atl_body body, void *context);

/// How many processors this process may run on.
int atl_available_threads(void);
