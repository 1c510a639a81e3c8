"""Makes the goldens of the tensor operations with PyTorch.

    python Tools/goldens/make_op_goldens.py      (PyTorch 2.13, numpy, safetensors)

Writes Tests/OneDNNBackendTests/Fixtures/ops.safetensors and ops.json (one case an entry), and
gradient_penalties.safetensors. Inputs are rounded to float32 first; everything is computed from
them in float64 and rounded once, so the goldens are right to the last bit of a float.

For a case NAME: NAME/x0, x1, ... are the operands; NAME/y the value; NAME/v a cotangent; NAME/g0,
g1, ... the gradients of sum(y * v) with respect to the floating-point operands (numbered as
they); NAME/s0, s1, ... the gradients of the sum of the squares of all the elements of g0, g1, ....
Images are [N, H, W, C], convolution weights [O, KH, KW, C / groups].
"""

import json
import pathlib
import platform

import numpy
import safetensors
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

import gradient_penalties

SEED = 20260101
FOLDER = pathlib.Path(__file__).parents[2] / "Tests/OneDNNBackendTests/Fixtures"

arrays = {}
cases = []
generator = torch.Generator().manual_seed(SEED)


def normal(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def positive(*shape):
    return torch.rand(*shape, generator=generator, dtype=torch.float64) + 0.25


def integers(high, *shape):
    return torch.randint(0, high, shape, generator=generator, dtype=torch.int32)


def stored(tensor):
    tensor = tensor.detach()
    if tensor.dtype in (torch.int32, torch.int64, torch.bool, torch.uint8):
        return tensor.numpy().astype(numpy.int32, order="C")
    return tensor.double().numpy().astype(numpy.float32, order="C")


def case(name, op, function, operands, attributes=None, gradient=True, second=False):
    """Records one case; `second` asks for second derivatives as well."""
    operands = [x.float().double() if x.is_floating_point() else x for x in operands]
    leaves = [x.clone().requires_grad_(gradient and x.is_floating_point()) for x in operands]
    result = function(*leaves)
    for i, x in enumerate(operands):
        arrays[f"{name}/x{i}"] = stored(x)
    arrays[f"{name}/y"] = stored(result)
    wanted = [i for i, x in enumerate(leaves) if x.requires_grad]
    if gradient:
        cotangent = normal(*result.shape).float().double()
        arrays[f"{name}/v"] = stored(cotangent)
        gradients = torch.autograd.grad(
            (result * cotangent).sum(), [leaves[i] for i in wanted], create_graph=second)
        for i, g in zip(wanted, gradients):
            arrays[f"{name}/g{i}"] = stored(g)
        if second:
            total = sum((g * g).sum() for g in gradients)
            # The zeros give it a graph where the gradients are constant.
            total = total + sum(0 * leaves[i].sum() for i in wanted)
            seconds = torch.autograd.grad(total, [leaves[i] for i in wanted])
            for i, s in zip(wanted, seconds):
                arrays[f"{name}/s{i}"] = stored(s)
    types = {torch.int32: "int32", torch.bool: "bool", torch.uint8: "uint8"}
    cases.append({
        "name": name, "op": op, "attributes": attributes or {},
        "operands": [types.get(x.dtype, "float32") for x in operands],
        "result": types.get(result.dtype, "int32" if result.dtype == torch.int64 else "float32"),
        "gradients": wanted if gradient else [], "second": second,
    })


def first(x):
    """[N, H, W, C] -> [N, C, H, W]; the same for convolution weights."""
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def elementwise():
    x = normal(3, 7) * 1.5
    for op, function in {
        "negate": torch.neg, "abs": torch.abs, "square": torch.square, "exp": torch.exp,
        "reciprocal": torch.reciprocal, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
        "softplus": F.softplus, "erf": torch.erf, "sin": torch.sin, "cos": torch.cos,
        "relu": F.relu,
    }.items():
        case(op, op, function, [x], second=True)
    for op, function in {"log": torch.log, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt}.items():
        case(op, op, function, [positive(3, 7)], second=True)
    case("leakyRelu", "leakyRelu", lambda x: F.leaky_relu(x, 0.2), [x], {"slope": 0.2}, second=True)
    case("clamp", "clamp", lambda x: x.clamp(-0.5, 1), [x], {"low": -0.5, "high": 1}, second=True)
    case("sign", "sign", torch.sign, [x], gradient=False)
    case("floor", "floor", torch.floor, [x * 3], gradient=False)
    special = torch.tensor([1.0, float("nan"), float("inf"), float("-inf"), 0.0, 3e38],
                           dtype=torch.float64)
    case("isFinite", "isFinite", torch.isfinite, [special], gradient=False)
    extremes = torch.tensor([-200.0, -90, -30, -1e-6, 0, 1e-6, 30, 90, 200], dtype=torch.float64)
    for op, function in {"softplus": F.softplus, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
                         "erf": torch.erf}.items():
        case(f"{op}_extremes", op, function, [extremes], second=True)

    for op, function in {
        "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
        "maximum": torch.maximum, "minimum": torch.minimum,
    }.items():
        case(op, op, function, [normal(2, 5), positive(2, 5)], second=True)
    case("power", "power", torch.pow, [positive(2, 5), normal(2, 5)], second=True)
    case("multiply_broadcast", "multiply", torch.mul, [normal(2, 1, 3), normal(4, 1)], second=True)
    case("divide_broadcast", "divide", torch.div, [normal(3), positive(2, 2, 1)], second=True)
    tied = integers(3, 4, 6).double()
    for op, function in {
        "equal": torch.eq, "notEqual": torch.ne, "less": torch.lt, "lessOrEqual": torch.le,
        "greater": torch.gt, "greaterOrEqual": torch.ge,
    }.items():
        case(op, op, function, [tied, integers(3, 4, 6).double()], gradient=False)
    condition = integers(2, 3, 4).bool()
    case("select", "select", torch.where, [condition, normal(3, 4), normal(3, 4)], second=True)
    for op, function in {"logicalAnd": torch.logical_and, "logicalOr": torch.logical_or}.items():
        case(op, op, function, [condition, integers(2, 3, 4).bool()], gradient=False)
    case("logicalNot", "logicalNot", torch.logical_not, [condition], gradient=False)
    case("cast_int32", "castToInt32", lambda x: x.to(torch.int32), [x * 10], gradient=False)
    case("cast_uint8", "castToUInt8", lambda x: x.to(torch.uint8), [positive(3, 7) * 200],
         gradient=False)
    halves = torch.tensor([1 + 2.0**-8, 1 + 3 * 2.0**-8, -1 - 2.0**-8, 3e38, 1e-40, 65280.5],
                          dtype=torch.float64)
    case("cast_bfloat16", "roundToBFloat16", lambda x: x.float().bfloat16().double(),
         [torch.cat([halves, normal(20)])], gradient=False)


def reductions_and_matmul():
    x = normal(2, 3, 4)
    for op, function in {"sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin}.items():
        for axes in ([0, 1, 2], [1], [0, 2]):
            case(f"{op}_{''.join(map(str, axes))}", op,
                 lambda x, f=function, a=axes: f(x, a, keepdim=True), [x], {"axes": axes},
                 second=True)
    case("variance", "variance", lambda x: x.var([0, 2], unbiased=False, keepdim=True), [x],
         {"axes": [0, 2]}, second=True)
    for axis in (0, 2):
        case(f"argMax_{axis}", "argMax", lambda x, a=axis: x.argmax(a, keepdim=True), [x],
             {"axis": axis}, gradient=False)
    case("argMax_ties", "argMax", lambda x: torch.tensor(numpy.argmax(x.numpy(), 1))[:, None],
         [integers(3, 6, 9).double()], {"axis": 1}, gradient=False)
    for op, function in {"softmax": F.softmax, "logSoftmax": F.log_softmax}.items():
        for axis in (1, 2):
            case(f"{op}_{axis}", op, lambda x, f=function, a=axis: f(x, a), [x * 3],
                 {"axis": axis}, second=True)
    case("logSoftmax_large", "logSoftmax", lambda x: F.log_softmax(x, 1), [normal(2, 5) * 300],
         {"axis": 1}, second=True)

    case("matmul", "matmul", torch.matmul, [normal(3, 5), normal(5, 4)], second=True)
    case("matmul_batch", "matmul", torch.matmul, [normal(2, 2, 3, 5), normal(2, 2, 5, 4)], second=True)
    case("matmul_ta", "matmul", lambda a, b: a.mT @ b, [normal(2, 5, 3), normal(2, 5, 4)],
         {"transposeA": 1}, second=True)
    case("matmul_tb", "matmul", lambda a, b: a @ b.mT, [normal(2, 3, 5), normal(2, 4, 5)],
         {"transposeB": 1}, second=True)
    case("matmul_tatb", "matmul", lambda a, b: a.mT @ b.mT, [normal(5, 3), normal(4, 5)],
         {"transposeA": 1, "transposeB": 1}, second=True)


def convolutions():
    def conv(name, x, w, stride=1, padding=0, dilation=1, groups=1):
        case(name, "conv2d",
             lambda x, w: last(F.conv2d(first(x), first(w), None, stride, padding, dilation, groups)),
             [normal(*x), normal(*w)],
             {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups},
             second=True)

    conv("conv2d", (2, 5, 6, 3), (4, 3, 3, 3))
    conv("conv2d_1x1", (2, 4, 4, 3), (5, 1, 1, 3))
    conv("conv2d_4x4_s2", (2, 8, 8, 2), (3, 4, 4, 2), stride=2, padding=1)
    conv("conv2d_s2_uneven", (1, 6, 7, 2), (3, 3, 3, 2), stride=2, padding=1)
    conv("conv2d_dilated", (1, 7, 8, 2), (2, 3, 2, 2), dilation=2, padding=2)
    conv("conv2d_groups", (2, 5, 5, 4), (6, 3, 3, 2), groups=2, padding=1)
    conv("conv2d_depthwise", (1, 6, 6, 4), (4, 3, 3, 1), groups=4, stride=2, padding=1)
    conv("conv2d_all", (1, 9, 9, 4), (4, 2, 3, 2), groups=2, stride=2, padding=1, dilation=2)
    case("conv2d_asymmetric", "conv2d",
         lambda x, w: last(F.conv2d(F.pad(first(x), (0, 2, 1, 0)), first(w))),
         [normal(1, 4, 4, 2), normal(3, 3, 3, 2)],
         {"paddings": [1, 0, 0, 2]}, second=True)

    def transposed(name, x, w, stride=1, padding=0, output_padding=0, groups=1):
        # Of a weight [O, KH, KW, C / groups], O is what goes in here, as in conv2dInputGradient.
        case(name, "convTransposed2d",
             lambda x, w: last(F.conv_transpose2d(
                 first(x), first(w), None, stride, padding, output_padding, groups)),
             [normal(*x), normal(*w)],
             {"stride": stride, "padding": padding, "outputPadding": output_padding,
              "groups": groups}, second=True)

    transposed("transposed", (2, 3, 4, 3), (3, 3, 3, 2))
    transposed("transposed_4x4_s2", (2, 4, 4, 3), (3, 4, 4, 2), stride=2, padding=1)
    transposed("transposed_output", (1, 3, 4, 2), (2, 3, 3, 3), stride=2, padding=1, output_padding=1)
    transposed("transposed_latent", (2, 1, 1, 5), (5, 4, 4, 3))
    transposed("transposed_groups", (1, 3, 3, 4), (4, 3, 3, 2), stride=2, groups=2)


def pools_and_resizes():
    x = normal(2, 6, 7, 3)
    case("maxPool", "maxPool2d", lambda x: last(F.max_pool2d(first(x), 2)), [x],
         {"kernel": 2, "stride": 2}, second=True)
    case("maxPool_overlap", "maxPool2d", lambda x: last(F.max_pool2d(first(x), 3, 2, 1)), [x],
         {"kernel": 3, "stride": 2, "paddings": [1, 1, 1, 1]}, second=True)
    case("maxPool_ceil", "maxPool2d", lambda x: last(F.max_pool2d(first(x), 2, 2, ceil_mode=True)), [x],
         {"kernel": 2, "stride": 2, "paddings": [0, 0, 0, 1]}, second=True)
    case("maxPool_negative", "maxPool2d", lambda x: last(F.max_pool2d(first(x), 3, 3, 1)), [-positive(1, 5, 5, 2)],
         {"kernel": 3, "stride": 3, "paddings": [1, 1, 1, 1]}, second=True)
    case("maxPool_ties", "maxPool2d", lambda x: last(F.max_pool2d(first(x), 3, 1)),
         [integers(3, 1, 6, 6, 2).double()], {"kernel": 3, "stride": 1})
    case("averagePool", "averagePool2d", lambda x: last(F.avg_pool2d(first(x), 2)), [x],
         {"kernel": 2, "stride": 2})
    case("averagePool_overlap", "averagePool2d", lambda x: last(F.avg_pool2d(first(x), 3, 2, 1)), [x],
         {"kernel": 3, "stride": 2, "paddings": [1, 1, 1, 1]})
    case("averagePool_asymmetric", "averagePool2d",
         lambda x: last(F.avg_pool2d(F.pad(first(x), (0, 2, 0, 1)), 3, 3)), [x],
         {"kernel": 3, "stride": 3, "paddings": [0, 1, 0, 2]})

    small = normal(1, 3, 4, 2)
    for height, width in ((6, 8), (5, 7), (2, 3), (1, 1), (3, 4)):
        attributes = {"height": height, "width": width}
        case(f"nearest_{height}x{width}", "resizeNearest",
             lambda x, s=(height, width): last(F.interpolate(first(x), s, mode="nearest")),
             [small], attributes)
        case(f"bilinear_{height}x{width}", "resizeBilinear",
             lambda x, s=(height, width): last(
                 F.interpolate(first(x), s, mode="bilinear", align_corners=False)),
             [small], attributes)


def movement():
    x = normal(2, 3, 4)
    case("reshape", "reshape", lambda x: x.reshape(4, 6), [x], {"shape": [4, 6]})
    case("transpose", "transpose", lambda x: x.permute(2, 0, 1), [x], {"axes": [2, 0, 1]})
    case("broadcast", "broadcast", lambda x: x.expand(2, 3, 4), [normal(2, 1, 4)], {"shape": [2, 3, 4]})
    case("slice", "slice", lambda x: x[1:2, 0:3:2, 1:4:2], [x],
         {"starts": [1, 0, 1], "ends": [2, 3, 4], "strides": [1, 2, 2]})
    case("flip", "flip", lambda x: x.flip(0, 2), [x], {"axes": [0, 2]})
    case("concatenate", "concatenate", lambda *x: torch.cat(x, 1),
         [normal(2, 1, 3), normal(2, 4, 3), normal(2, 2, 3)], {"axis": 1})
    case("pad_constant", "padConstant", lambda x: F.pad(x, (2, 1, 0, 3), value=-1.5), [normal(2, 3, 4)],
         {"low": [0, 0, 2], "high": [0, 3, 1], "value": -1.5})
    case("pad_reflect", "padReflect",
         lambda x: last(F.pad(first(x), (2, 2, 2, 2), mode="reflect")), [normal(2, 4, 3, 2)],
         {"amount": 2})
    case("gather", "gather", lambda t, i: t[i.long()], [normal(5, 3), integers(5, 2, 4)])
    case("gather_scalar_rows", "gather", lambda t, i: t[i.long()], [normal(6), integers(6, 7)])
    case("oneHot", "oneHot", lambda i: F.one_hot(i.long(), 5).double(), [integers(5, 2, 3)],
         {"classes": 5}, gradient=False)


def batch_norm():
    x, gamma, beta = normal(4, 3, 2, 3) * 2 + 1, positive(3), normal(3)
    case("batchNorm_train", "batchNormTrain",
         lambda x, g, b: last(F.batch_norm(first(x), None, None, g, b, True, 0.1, 1e-5)),
         [x, gamma, beta], {"epsilon": 1e-5}, second=True)
    case("batchNorm_train_2d", "batchNormTrain",
         lambda x, g, b: F.batch_norm(x, None, None, g, b, True, 0.1, 1e-5),
         [normal(6, 3), gamma, beta], {"epsilon": 1e-5}, second=True)
    mean, variance = normal(3), positive(3)
    case("batchNorm_eval", "batchNormEval",
         lambda x, g, b, m, v: last(F.batch_norm(first(x), m, v, g, b, False, 0.1, 1e-5)),
         [x, gamma, beta, mean, variance], {"epsilon": 1e-5}, gradient=False)
    case("batchNorm_eval_gradient", "batchNormEval",
         lambda x, g, b, m, v: last((first(x) - m[:, None, None])
                                    / (v[:, None, None] + 1e-5).sqrt() * g[:, None, None]
                                    + b[:, None, None]),
         [x, gamma, beta, mean, variance], {"epsilon": 1e-5}, second=True)
    for statistic in (0, 1):
        def running(x, m, v, which=statistic):
            m, v = m.clone(), v.clone()
            F.batch_norm(first(x), m, v, training=True, momentum=0.1)
            return (m, v)[which]
        case(f"batchNorm_running_{('mean', 'variance')[statistic]}",
             ("runningMean", "runningVariance")[statistic], running, [x, mean, variance],
             {"momentum": 0.1}, gradient=False)


def main():
    versions = {
        "torch": torch.__version__, "numpy": numpy.__version__,
        "safetensors": safetensors.__version__, "python": platform.python_version(),
        "seed": str(SEED), "script": "Tools/goldens/make_op_goldens.py",
    }
    for part in (elementwise, reductions_and_matmul, convolutions, pools_and_resizes, movement,
                 batch_norm):
        part()
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(arrays, FOLDER / "ops.safetensors", metadata=versions)
    lines = ",\n".join("  " + json.dumps(c) for c in cases)
    (FOLDER / "ops.json").write_text(
        f'{{"versions": {json.dumps(versions)},\n "cases": [\n{lines}\n]}}\n')
    save_file(gradient_penalties.make(SEED), FOLDER / "gradient_penalties.safetensors",
              metadata=versions)
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.stat().st_size:8} {path.name}")


if __name__ == "__main__":
    main()
