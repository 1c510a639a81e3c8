import Networks
import TensorCore
import Testing
import Training

@Suite struct TransferTests {
    init() { _ = Engine.installed }

    private func discriminator(_ side: Int, width: Int = 4, seed: UInt64) -> DCGANDiscriminator {
        DCGANDiscriminator(
            DCGANConfiguration(
                picture: PictureShape(height: side, width: side, channels: 3), width: width),
            key: RandomKey(seed: seed))
    }

    @Test func everythingIsCopiedBetweenEquals() {
        let source = discriminator(32, seed: 1)
        var target = discriminator(32, seed: 2)
        let transfer = WeightTransfer(copying: source.namedTensors(), into: &target)
        #expect(transfer.isComplete)
        #expect(transfer.matched == target.namedTensors().map(\.name))
        for (one, other) in zip(source.namedTensors(), target.namedTensors()) {
            #expect(one.tensor.bytes() == other.tensor.bytes(), "\(one.name)")
        }
    }

    /// From 64x64 to 32x32: one layer fewer, so that the last names another thing.
    @Test func whatDoesNotFitIsNamedAndStays() {
        let source = discriminator(64, seed: 1)
        var target = discriminator(32, seed: 2)
        let before = target
        var offered = source.namedTensors()
        offered.removeAll { $0.name == "main.3.bias" }
        offered.append(("surplus", Tensor(1)))
        let transfer = WeightTransfer(copying: offered, into: &target)
        #expect(!transfer.isComplete)
        #expect(transfer.missing == ["main.3.bias"])
        #expect(transfer.leftOver.contains("surplus"))
        #expect(transfer.leftOver.contains("main.11.weight"))
        #expect(transfer.otherShape.map(\.name) == ["main.8.weight"])
        #expect(
            transfer.otherShape.first?.offered == "float32 [32, 4, 4, 16]"
                && transfer.otherShape.first?.expected == "float32 [1, 4, 4, 16]")
        #expect(transfer.summary.contains("main.8.weight is float32 [32, 4, 4, 16], needs"))
        let sources = Dictionary(
            source.namedTensors().map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        for (old, new) in zip(before.namedTensors(), target.namedTensors()) {
            let isCopied = transfer.matched.contains(new.name)
            let expected = isCopied ? sources[new.name] : old.tensor
            #expect(new.tensor.bytes() == expected?.bytes(), "\(new.name)")
        }
    }

    @Test func blocksHoldTheirNormalisation() {
        let blocks = DiscriminatorBlocks(of: discriminator(32, seed: 1)).blocks
        #expect(
            blocks.map(\.prefixes) == [
                ["main.0."], ["main.2.", "main.3."], ["main.5.", "main.6."], ["main.8."],
            ])
        #expect(blocks[1].names.contains("main.3.running_var"))
        let residual = ResidualGANDiscriminator(
            ResidualGANConfiguration(
                picture: PictureShape(height: 32, width: 32, channels: 3), width: 4),
            key: RandomKey(seed: 1))
        #expect(
            DiscriminatorBlocks(of: residual).blocks.map(\.prefixes)
                == [["conv_img."], ["blocks.0."], ["blocks.1."], ["blocks.2."], ["fc."]])
        let fast = FastGANDiscriminator(
            FastGANConfiguration(
                picture: PictureShape(height: 64, width: 64, channels: 3), width: 4),
            key: RandomKey(seed: 1))
        #expect(
            DiscriminatorBlocks(of: fast).blocks.prefix(4).map(\.prefixes)
                == [["stem."], ["down.1."], ["down.2."], ["down.3."]])
    }

    @Test func frozenTensorsStay() {
        let before = discriminator(32, seed: 1)
        var after = before
        after.mapTensors { _, tensor in tensor + 1 }
        let blocks = DiscriminatorBlocks(of: before)
        let frozen = blocks.frozenNames(lowest: 2)
        DiscriminatorBlocks.hold(frozen, of: &after, as: before)
        for (old, new) in zip(before.namedTensors(), after.namedTensors()) {
            let stays = ["main.0.", "main.2.", "main.3."].contains { new.name.hasPrefix($0) }
            #expect(frozen.contains(new.name) == stays)
            #expect((old.tensor.bytes() == new.tensor.bytes()) == stays, "\(new.name)")
        }
        #expect(blocks.frozenNames(lowest: 0).isEmpty)
        #expect(blocks.problem(freezing: 4)?.contains("0 to 3") == true)
        #expect(blocks.problem(freezing: 3) == nil && blocks.problem(freezing: -1) != nil)
    }
}
