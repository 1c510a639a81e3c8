import CDNNL

/// What a convolution primitive was made from: enough to make it again with another algorithm.
struct ConvolutionRecipe {
    var kind: atl_dnnl_convolution_kind
    var geometry: atl_dnnl_geometry
    var precision: atl_dnnl_precision

    /// Multiplications and additions of the plain sum, at places where padding lies too.
    var operationCount: Double {
        let g = geometry
        let places = Double(g.n * g.oh * g.ow)
        return 2 * places * Double(g.o) * Double(g.kh * g.kw) * Double(g.c / max(g.groups, 1))
    }

    var sourceCount: Int { Int(geometry.n * geometry.h * geometry.w * geometry.c) }
    var destinationCount: Int { Int(geometry.n * geometry.oh * geometry.ow * geometry.o) }
}

/// A convolution or matrix product of a plan, for measuring it without the rest of the plan.
enum BareProduct {
    case convolution(ConvolutionRecipe)
    case matmul(atl_dnnl_matmul_shape)

    /// Multiplications and additions.
    var operationCount: Double {
        switch self {
        case .convolution(let recipe): recipe.operationCount
        case .matmul(let shape):
            2 * Double(shape.batch) * Double(shape.m) * Double(shape.n) * Double(shape.k)
        }
    }
}

/// Memory for measurements, filled with numbers that are ordinary in float32 and in bfloat16.
final class MeasuringMemory {
    let pointer: UnsafeMutableRawPointer

    init(byteCount: Int) {
        let size = max((byteCount + 63) / 64 * 64, 64)
        pointer = .allocate(byteCount: size, alignment: 64)
        let halves = pointer.bindMemory(to: UInt16.self, capacity: size / 2)
        var state: UInt32 = 1
        for index in 0..<(size / 2) {
            state = state &* 1_664_525 &+ 1_013_904_223
            // Sign and mantissa at random, exponents of 0.25 ... 1: nothing denormal or infinite.
            halves[index] = 0x3E80 | UInt16(state >> 25) | UInt16(state >> 31) << 15
        }
    }

    deinit { pointer.deallocate() }
}
