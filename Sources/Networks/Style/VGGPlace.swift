/// The place of a convolution of VGG-19 up to conv4_1.
struct VGGPlace: Sendable, Hashable {
    let block: Int
    let number: Int

    /// The name of its weights in files of distilled networks.
    var layer: String { "conv\(block)\(number)" }
    /// The name of what comes out of it.
    var activation: String { "relu\(block)_\(number)" }

    /// Those up to the first convolution of a block.
    static func through(_ level: Int) -> [VGGPlace] {
        zip(1...4, [2, 2, 4, 1]).flatMap { block, count in
            (1...count).map { VGGPlace(block: block, number: $0) }
        }.filter { $0.block < level || ($0.block == level && $0.number == 1) }
    }
}
