// Stub until the next commit.
#include "convolution.h"
atl_dnnl_code atl_patches_create(atl_dnnl_convolution *convolution, atl_dnnl_error *error) {
    (void)convolution;
    return atl_fail(error, ATL_DNNL_UNSUPPORTED, "not yet");
}
void atl_patches_destroy(atl_patches *patches) { (void)patches; }
void atl_patches_pack(const atl_dnnl_convolution *c, const float *plain, float *packed) { (void)c, (void)plain, (void)packed; }
void atl_patches_run(const atl_dnnl_convolution *c, const atl_dnnl_convolution_tensors *t) { (void)c, (void)t; }
