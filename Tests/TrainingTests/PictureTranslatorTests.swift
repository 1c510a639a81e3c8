import Networks
import TensorCore
import Testing
import Training

@Suite struct PictureTranslatorTests {
    init() { _ = Engine.installed }

    /// A network without normalisation sees few pixels around each: inside, tiles do not matter.
    private func generator() -> TranslationGenerator {
        var result = TranslationGenerator(
            .resnet(
                ResNetGeneratorConfiguration(
                    width: 2, blockCount: 1, normalization: .none, upsampling: .resize)),
            key: RandomKey(seed: 5))
        // Weights that keep the size of what goes through: those of the paper need normalisation.
        result.mapTensors { name, tensor in
            guard tensor.rank == 4 else { return tensor * 0 }
            let inputs = Double(tensor.elementCount / tensor.shape[0])
            return Tensor.normal(tensor.shape, key: RandomKey(seed: 5).folded(name))
                * (1.2 / inputs.squareRoot())
        }
        evaluate(result.namedTensors().map(\.tensor))
        return result
    }

    private func picture(_ height: Int, _ width: Int) -> [UInt8] {
        let key = RandomKey(seed: 9)
        return (0..<height * width * 3).map { UInt8(key.word(UInt64($0)) >> 24) }
    }

    @Test(arguments: [(1, 1), (3, 70), (64, 64), (65, 40), (8, 8)])
    func anySizeComesBackAsItIs(_ height: Int, _ width: Int) throws {
        let translator = PictureTranslator(generator())
        let made = try #require(
            translator.translate(picture(height, width), height: height, width: width))
        #expect(made.count == height * width * 3)
        #expect(translator.tileCount(height: height, width: width) == 1)
    }

    @Test func sizesThatFitAreTheNetworksOwn() throws {
        let bytes = picture(32, 24)
        var network = generator()
        let expected = bytePictures(
            network(
                networkPictures(Tensor(uint8: bytes, shape: [1, 32, 24, 3])), training: false))
        let made = try #require(
            PictureTranslator(generator()).translate(bytes, height: 32, width: 24))
        #expect(made == expected.uint8s())
    }

    @Test func tilesAddUpToTheWhole() throws {
        let (height, width) = (150, 201)
        let bytes = picture(height, width)
        let whole = try #require(
            PictureTranslator(generator(), tileSide: 512).translate(
                bytes, height: height, width: width))
        let translator = PictureTranslator(generator(), tileSide: 128, overlap: 64)
        #expect(translator.tileCount(height: height, width: width) == 6)
        var reported: [Int] = []
        let tiled = try #require(
            translator.translate(bytes, height: height, width: width) {
                reported.append($0)
                return true
            })
        #expect(reported == Array(1...6))
        let differences = zip(whole, tiled).map { abs(Int($0) - Int($1)) }
        // Only near a tile's edge, where its weight is small, is a pixel seen otherwise.
        #expect(differences.reduce(0, +) < 2 * differences.count)
        // The corner is the first tile's alone, far from its other edges.
        for y in 0..<20 {
            for place in 0..<32 * 3 { #expect(differences[y * width * 3 + place] <= 1) }
        }
        #expect(Set(whole).count > 50)
    }

    @Test func stopsWhenAsked() {
        let translator = PictureTranslator(generator(), tileSide: 64, overlap: 8)
        #expect(translator.translate(picture(100, 100), height: 100, width: 100) { $0 < 2 } == nil)
    }
}

@Suite struct PicturePoolTests {
    init() { _ = Engine.installed }

    private func pictures(_ values: [Float]) -> Tensor {
        Tensor(values, shape: [values.count, 1, 1, 1])
    }

    @Test func aPoolFillsAndThenExchangesHalf() {
        var pool = PicturePool(capacity: 4, height: 1, width: 1, channels: 1)
        var held: Set<Float> = []
        for value in 0..<4 {
            let shown = pool.exchange(pictures([Float(value)]), key: RandomKey(seed: 1))
            #expect(shown.floats() == [Float(value)] && pool.count == value + 1)
            held.insert(Float(value))
        }
        var swaps = 0
        for value in 4..<204 {
            let new = Float(value)
            let shown = pool.exchange(
                pictures([new]), key: RandomKey(seed: UInt64(value))
            ).floats()[0]
            evaluate(pool.pictures)
            if shown != new {
                swaps += 1
                #expect(held.remove(shown) != nil)
                held.insert(new)
            }
            #expect(Set(pool.pictures.map { $0.floats()[0] }) == held)
        }
        #expect((70...130).contains(swaps))
    }

    @Test func aBatchUsesNoPlaceTwice() {
        var pool = PicturePool(capacity: 3, height: 1, width: 1, channels: 1)
        for round in 0..<40 {
            let new = (0..<3).map { Float(3 * round + $0) }
            let before = pool.pictures.map { $0.floats()[0] }
            let shown = pool.exchange(
                pictures(new), key: RandomKey(seed: UInt64(round))
            ).floats()
            evaluate(pool.pictures)
            let after = pool.pictures.map { $0.floats()[0] }
            #expect(Set(shown).count == 3)
            if round > 0 { #expect(Set(shown + after) == Set(before + new)) }
        }
    }

    @Test func withoutPlacesEverythingIsShown() {
        var pool = PicturePool(capacity: 0, height: 1, width: 1, channels: 1)
        #expect(pool.exchange(pictures([7, 8]), key: RandomKey(seed: 1)).floats() == [7, 8])
    }
}
