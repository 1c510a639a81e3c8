import TensorCore

/// The random numbers of an augmented batch: one for each picture under each name.
///
/// Every number has a stream of its own, so that more of one kind changes no other.
struct SampleDraws: Sendable {
    /// How many pictures.
    let count: Int
    /// What the streams are folded from.
    let key: RandomKey

    /// Uniform on [0, 1), `[N, 1, 1]`.
    func uniform(_ name: String) -> Tensor {
        Tensor.uniform([count, 1, 1], key: key.folded(name))
    }

    /// Uniform on [-1, 1), `[N, 1, 1]`.
    func symmetric(_ name: String) -> Tensor { uniform(name) * 2 - 1 }

    /// Standard normal, `[N, 1, 1]`.
    func normal(_ name: String) -> Tensor {
        Tensor.normal([count, 1, 1], key: key.folded(name))
    }

    /// `2` to the power of a normal number, `[N, 1, 1]`: a random factor, as often above 1 as below.
    func factor(_ name: String, deviation: Double) -> Tensor {
        (normal(name) * (deviation * 0.693_147_180_559_945_3)).exp()
    }

    /// A whole number of `0 ..< choices`, `[N, 1, 1]`, as float32.
    func choice(_ name: String, of choices: Int) -> Tensor {
        (uniform(name) * Double(choices)).floor()
    }

    /// Whether something happens to a picture, bool `[N, 1, 1]`: never at 0, always at 1.
    ///
    /// - Parameter probability: A scalar.
    func happens(_ name: String, _ probability: Tensor) -> Tensor {
        let probability = probability.reshaped([1, 1, 1]).broadcast(to: [count, 1, 1])
        return uniform(name + ".gate") .< probability
    }
}

/// Traps unless the tensor is a batch of pictures that can be augmented.
func checkAugmentable(_ pictures: Tensor, _ function: String) {
    precondition(
        pictures.rank == 4 && pictures.dtype == .float32 && (1...4).contains(pictures.shape[3])
            && pictures.shape[1] >= 2 && pictures.shape[2] >= 2,
        "[\(function)] expected float32 pictures [N, H, W, 1 to 4] of at least 2x2 pixels, got "
            + "\(pictures)")
}

/// How many of a picture's channels are colour: the alpha channel is none.
func colourChannels(_ channels: Int) -> Int { channels < 3 ? 1 : 3 }
