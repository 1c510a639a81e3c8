import Datasets
import Imaging
import TensorCore
import Testing

@Suite struct PairTests {
    /// Two pictures beside each other.
    private func beside(_ left: PixelBuffer, _ right: PixelBuffer) -> PixelBuffer {
        var result = PixelBuffer(
            width: left.width + right.width, height: left.height, format: .rgb, fill: [0, 0, 0])
        result.place(left, x: 0, y: 0)
        result.place(right, x: left.width, y: 0)
        return result
    }

    private func configuration(
        _ source: PairSource, side: Int = 8, isReversed: Bool = false,
        jitter: PictureJitter = .none
    ) -> PairConfiguration {
        PairConfiguration(
            source: source, height: side, width: side, isReversed: isReversed, jitter: jitter)
    }

    @Test func sideBySidePairsAreCutInTheMiddle() throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 {
            let whole = beside(testPicture(number), testPicture(100 + number))
            try folder.write(PNGFile.encode(whole), "\(number).png")
        }
        let source = PairSource.sideBySide(path: folder.path)
        let pairs = try PicturePairs(configuration(source))
        #expect(pairs.count == 3 && pairs.name(of: 1) == "1.png")
        let pair = try pairs.pair(at: 2)
        #expect(pair.input == testPicture(2) && pair.target == testPicture(102))
        let reversed = try PicturePairs(configuration(source, isReversed: true)).pair(at: 2)
        #expect(reversed.input == pair.target && reversed.target == pair.input)
    }

    @Test func foldersArePairedByName() throws {
        let folder = try TemporaryFolder()
        for (number, name) in ["x/1.png", "2.png", "only-a.png"].enumerated() {
            try folder.writePicture(number, "a/" + name)
        }
        for (number, name) in ["2.jpg", "x/1.webp", "3.png"].enumerated() {
            let picture = testPicture(100 + number)
            let bytes =
                name.hasSuffix("jpg")
                ? try JPEGFile.encode(picture, quality: 100)
                : name.hasSuffix("webp")
                    ? try WebPFile.encode(picture) : try PNGFile.encode(picture)
            try folder.write(bytes, "b/" + name)
        }
        let (a, b) = (folder.path + "/a", folder.path + "/b")
        let pairs = try PicturePairs(configuration(.folders(a: a, b: b)))
        #expect((0..<pairs.count).map(pairs.name(of:)).sorted() == ["2.png", "x/1.png"])
        let index = try #require((0..<2).first { pairs.name(of: $0) == "x/1.png" })
        let pair = try pairs.pair(at: index)
        #expect(pair.input == testPicture(0) && pair.target == testPicture(101))
        #expect(pairs.notes.contains { $0.contains("only-a.png") })
        #expect(pairs.notes.contains { $0.contains("1 pictures of \(b)") })
    }

    @Test func foldersWithoutACommonNameAreRefused() throws {
        let folder = try TemporaryFolder()
        try folder.writePicture(1, "a/one.png")
        try folder.writePicture(2, "b/two.png")
        let error = datasetError { () throws(DatasetError) in
            _ = try PicturePairs(
                configuration(.folders(a: folder.path + "/a", b: folder.path + "/b")))
        }
        let text = try #require(error).description
        #expect(text.contains("one.png") && text.contains("two.png") && text.contains("CycleGAN"))
    }

    @Test func jitterIsTheSameForBothPictures() throws {
        let folder = try TemporaryFolder()
        for number in 0..<4 {
            let half = testPicture(number, width: 16, height: 16)
            try folder.write(PNGFile.encode(beside(half, half)), "\(number).png")
        }
        let pairs = try PicturePairs(
            configuration(
                .sideBySide(path: folder.path), jitter: PictureJitter(enlargement: 1.5)))
        var seen: Set<PixelBuffer> = []
        for index in 0..<4 {
            for seed in 0..<20 {
                let pair = try pairs.pair(at: index, key: RandomKey(seed: UInt64(seed)))
                #expect(pair.input == pair.target && pair.input.width == 8)
                seen.insert(pair.input)
            }
        }
        // Places and mirroring differ: 25 places, two ways each.
        #expect(seen.count > 40)
        let still = try pairs.pair(at: 0)
        #expect(try pairs.pair(at: 0) == still)
    }

    @Test func aStreamGoesOnWhereItWas() throws {
        let folder = try TemporaryFolder()
        for number in 0..<5 {
            try folder.writePicture(number, "\(number).png", width: 16, height: 16)
        }
        let pairs = try PicturePairs(
            configuration(.made(path: folder.path, .mask), jitter: PictureJitter()))
        let key = RandomKey(seed: 3)
        let whole = Array(PairStream(pairs, batchSize: 2, key: key).prefix(8))
        #expect(whole[2].nextPosition == 6 && whole[0].shape == [2, 8, 8, 3])
        let later = Array(
            PairStream(pairs, batchSize: 2, key: key, startingAt: whole[2].nextPosition).prefix(5))
        #expect(later == Array(whole[3...]))
        #expect(Set(whole.map(\.targets)).count == 8)
        // Other batch sizes give the same pairs.
        let single = Array(PairStream(pairs, batchSize: 1, key: key).prefix(16)).flatMap(\.inputs)
        #expect(single == whole.flatMap(\.inputs))
    }

    @Test func aBrokenPairIsPassedOver() throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 {
            try folder.writePicture(number, "a/\(number).png")
            try folder.writePicture(100 + number, "b/\(number).png")
        }
        let sound = try PNGFile.encode(testPicture(5, width: 64, height: 64))
        try folder.write(Array(sound.prefix(sound.count / 2)), "b/1.png")
        let said = Collected<String>()
        let pairs = try PicturePairs(
            configuration(.folders(a: folder.path + "/a", b: folder.path + "/b"))
        ) { said.append($0.name) }
        let pair = try pairs.usablePair(at: 1)
        #expect(pair.input == testPicture(2) && pair.target == testPicture(102))
        #expect(said.all == ["1.png"])
    }

    @Test func aTenthIsHeldOutByName() throws {
        let folder = try TemporaryFolder()
        for number in 0..<40 { try folder.writePicture(number, "\(number).png") }
        let pairs = try PicturePairs(configuration(.made(path: folder.path, .grey)))
        let key = RandomKey(seed: 1)
        let parts = pairs.split(holdingOut: 0.2, key: key)
        #expect(parts.training.count + parts.heldOut.count == 40)
        #expect((2...16).contains(parts.heldOut.count))
        func names(_ pairs: PicturePairs) -> Set<String> {
            Set((0..<pairs.count).map(pairs.name(of:)))
        }
        #expect(names(parts.training).isDisjoint(with: names(parts.heldOut)))
        #expect(names(pairs.split(holdingOut: 0.2, key: key).heldOut) == names(parts.heldOut))
        #expect(pairs.split(holdingOut: 0.9, atMost: 3, key: key).heldOut.count == 3)
        #expect(names(pairs.named(names(parts.heldOut))) == names(parts.heldOut))
        #expect(pairs.thinned(to: 4).count == 4)
    }

    @Test func unpairedPicturesHaveOrdersOfTheirOwn() throws {
        let a = GeneratedSource(count: 3, width: 16, height: 16)
        let b = GeneratedSource(count: 5, broken: [2], width: 16, height: 16)
        let pictures = try UnpairedPictures(a: a, b: b, height: 16, width: 16, jitter: .none)
        let stream = PairStream(pictures, batchSize: 1, key: RandomKey(seed: 8))
        let batches = Array(stream.prefix(15))
        let size = 16 * 16 * 3
        #expect(batches.allSatisfy { $0.inputs.count == size && $0.targets.count == size })
        // Each epoch shows every picture once.
        for epoch in 0..<5 {
            let part = batches[3 * epoch..<3 * epoch + 3]
            #expect(Set(part.map(\.inputs)).count == 3)
        }
        #expect(Set(batches[0..<5].map(\.targets)).count == 4)
        let resumed = PairStream(pictures, batchSize: 1, key: RandomKey(seed: 8), startingAt: 7)
        #expect(Array(resumed.prefix(8)) == Array(batches[7...]))
    }
}

@Suite struct PairMakerTests {
    /// A bright square on dark ground.
    private var square: PixelBuffer {
        var picture = PixelBuffer(width: 40, height: 40, format: .rgb, fill: [20, 30, 40])
        picture.place(
            PixelBuffer(width: 20, height: 20, format: .rgb, fill: [220, 200, 240]), x: 10, y: 10)
        return picture
    }

    private func make(_ maker: PairMaker, _ seed: UInt64 = 1) -> PixelBuffer {
        maker.input(from: square, key: RandomKey(seed: seed))
    }

    @Test func edgesAreLinesWhereThePictureChanges() {
        let drawing = make(.edges)
        func isLine(_ x: Int, _ y: Int) -> Bool { drawing.bytes[3 * (y * 40 + x)] == 0 }
        var count = 0
        for y in 0..<40 {
            for x in 0..<40 where isLine(x, y) {
                count += 1
                let inside = (8...31).contains(x) && (8...31).contains(y)
                let deep = (13...26).contains(x) && (13...26).contains(y)
                #expect(inside && !deep, "a line at \(x), \(y)")
            }
        }
        // Four sides of about twenty pixels, one pixel wide.
        #expect((60...110).contains(count))
        for place in 14..<26 {
            #expect(
                (8...11).contains { isLine($0, place) } && (8...11).contains { isLine(place, $0) })
        }
        let flat = PixelBuffer(width: 9, height: 7, format: .rgb, fill: [90, 90, 90])
        let white = PairMaker.edges.input(from: flat, key: RandomKey(seed: 1))
        #expect(white.bytes.allSatisfy { $0 == 255 })
    }

    @Test func othersDoWhatTheySay() {
        let grey = make(.grey)
        #expect(grey.bytes[0] == grey.bytes[1] && grey.bytes[1] == grey.bytes[2])
        #expect(grey.converted(to: .grey) == square.converted(to: .grey))
        let blurred = make(.blur)
        #expect(blurred != square && blurred.width == 40)
        func sharpest(_ picture: PixelBuffer) -> Int {
            (1..<40).map {
                abs(
                    Int(picture.bytes[3 * (20 * 40 + $0)])
                        - Int(picture.bytes[3 * (20 * 40 + $0 - 1)]))
            }.max() ?? 0
        }
        #expect(
            sharpest(square) == 200 && sharpest(blurred) < 120 && sharpest(make(.downscale)) < 120)
        // Far from the edge nothing changes.
        #expect(blurred.bytes[3 * (20 * 40 + 20)] == 220)
    }

    @Test func masksCoverAPartAnotherOneEachTime() {
        var seen: Set<PixelBuffer> = []
        for seed in 0..<20 {
            let masked = make(.mask, UInt64(seed))
            seen.insert(masked)
            let changed = (0..<1600).filter {
                masked.bytes[3 * $0] != square.bytes[3 * $0]
            }
            #expect((100...400).contains(changed.count))
            #expect(changed.allSatisfy { masked.bytes[3 * $0] == 128 })
        }
        #expect(seen.count > 15)
        #expect(make(.mask, 3) == make(.mask, 3))
    }

    @Test(arguments: PairMaker.allCases)
    func thinPicturesAreNoProblem(_ maker: PairMaker) {
        for (width, height) in [(1, 1), (1, 30), (30, 2), (3, 3)] {
            let picture = testPicture(4, width: width, height: height)
            let made = maker.input(from: picture, key: RandomKey(seed: 2))
            #expect(made.width == width && made.height == height && made.format == .rgb)
        }
    }
}

@Suite(.enabled(if: realData != nil, "needs the real data beside the project"))
struct RealPairTests {
    @Test func facades() throws {
        let path = try #require(realData) + "/facades/train"
        let pairs = try PicturePairs(
            PairConfiguration(source: .sideBySide(path: path), height: 64, width: 64))
        #expect(pairs.count == 100)
        let pair = try pairs.pair(at: 0)
        // A label map has few colours, a photograph many.
        func colours(_ picture: PixelBuffer) -> Int {
            Set((0..<64 * 64).map { Array(picture.bytes[3 * $0..<3 * $0 + 3].map { $0 / 32 }) })
                .count
        }
        #expect(colours(pair.input) != colours(pair.target))
    }
}
