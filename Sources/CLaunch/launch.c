#include "CLaunch.h"

#include <stdlib.h>

// libgomp reads its settings when it is loaded, before main. Left alone, its threads wait for each
// other by spinning for milliseconds: two processes on two cores then make each other many times
// slower (measured: a training step of 165 to 285 ms took 610 to 1140 ms beside compilers), and
// cores burn while nothing is computed. A short spin keeps hand-overs quick on a quiet machine.
static void atl_settle_openmp(int argc, char **argv, char **environment) {
    (void)argc;
    (void)argv;
    (void)environment;
    if (getenv("OMP_WAIT_POLICY") == NULL) {
        setenv("GOMP_SPINCOUNT", "2000", 0);
    }
}

#if defined(__linux__)
__attribute__((section(".preinit_array"), used)) static void (*const atl_preinit)(
    int, char **, char **) = atl_settle_openmp;
#endif

void atl_launch(void) {}
