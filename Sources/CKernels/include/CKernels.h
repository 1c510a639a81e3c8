#pragma once
#include "atl_parallel.h"
#include "atl_fused.h"
#include "atl_movement.h"
