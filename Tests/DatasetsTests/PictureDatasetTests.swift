import Datasets
import Imaging
import TensorCore
import Testing

@Suite struct PictureDatasetTests {
    private func dataset(
        _ source: GeneratedSource, _ configuration: PictureDatasetConfiguration
    ) throws -> PictureDataset { try PictureDataset(source, configuration) }

    @Test func channelsFollowThePictures() throws {
        func format(_ formats: [PixelFormat], _ choice: ChannelChoice) throws -> PixelFormat {
            try dataset(
                GeneratedSource(count: 4, formats: formats),
                .init(height: 8, width: 8, channels: choice)
            ).format
        }
        #expect(try format([.grey], .automatic) == .grey)
        #expect(try format([.grey, .rgb], .automatic) == .rgb)
        #expect(try format([.rgb, .rgba], .automatic) == .rgb)
        #expect(try format([.rgb, .rgba], .automaticWithAlpha) == .rgba)
        #expect(try format([.rgb], .automaticWithAlpha) == .rgb)
        #expect(try format([.rgb], .grey) == .grey)
        #expect(try format([.rgb], .rgba) == .rgba)
    }

    @Test func alphaThatIsNotUsedIsNoAlpha() throws {
        let folder = try TemporaryFolder()
        let opaque = testPicture(1).converted(to: .rgba)
        try folder.write(PNGFile.encode(opaque), "1.png")
        let source = try PictureSources.open(path: folder.path)
        #expect(source.header(of: 0).format == .rgba)
        let dataset = try PictureDataset(
            source, .init(height: 8, width: 8, channels: .automaticWithAlpha))
        #expect(dataset.format == .rgb)
        #expect(try dataset.picture(at: 0) == testPicture(1))
    }

    @Test func everyCropGivesTheSizeAskedFor() throws {
        for crop in CropStyle.allCases {
            for (width, height) in [(30, 10), (10, 30), (7, 7), (13, 12)] {
                let data = try dataset(
                    GeneratedSource(count: 1, width: width, height: height),
                    .init(height: 12, width: 16, crop: crop))
                let picture = try data.picture(at: 0, cropKey: RandomKey(seed: 1))
                #expect(picture.width == 16 && picture.height == 12 && picture.format == .rgb)
            }
        }
    }

    @Test(arguments: [(20_000, 1), (1, 20_000)])
    func randomCropsOfALinePictureTakeBoundedMemory(width: Int, height: Int) throws {
        let data = try PictureDataset(
            GeneratedSource(count: 2, width: width, height: height),
            .init(height: 8, width: 8, crop: .random))
        let picture = try data.picture(at: 0, cropKey: RandomKey(seed: 1))
        #expect(picture.width == 8 && picture.height == 8)
        // 8 by 160,000 pixels, were it all kept.
        #expect(data.cachedBytes > 0 && data.cachedBytes < 20_000)
    }

    @Test func randomCropsCutWhereTheKeySays() throws {
        let data = try dataset(
            GeneratedSource(count: 1, width: 40, height: 8),
            .init(height: 8, width: 8, crop: .random))
        let whole = testPicture(0, width: 40, height: 8)
        let crops = try (0..<50).map {
            try data.picture(at: 0, cropKey: RandomKey(seed: UInt64($0)))
        }
        let places = Dictionary(
            uniqueKeysWithValues: (0...32).map {
                (whole.cropped(x: $0, y: 0, width: 8, height: 8), $0)
            })
        let found = crops.map { places[$0] }
        #expect(!found.contains(nil))
        #expect(Set(found).count > 15)
        #expect(try data.picture(at: 0, cropKey: RandomKey(seed: 7)) == crops[7])
        #expect(try places[data.picture(at: 0)] == 16)
    }

    @Test func theCacheStaysWithinItsBudget() throws {
        let source = GeneratedSource(count: 20)
        let budget = 5 * (8 * 8 * 3 + 128)
        for bytes in [0, budget, 1 << 20] {
            let data = try dataset(source, .init(height: 8, width: 8, cacheBytes: bytes))
            for _ in 0..<2 {
                for index in 0..<20 { #expect(try data.picture(at: index) == testPicture(index)) }
            }
            #expect(data.cachedBytes <= bytes)
            #expect(data.cachedBytes == min(bytes, 20 * (8 * 8 * 3 + 128)))
        }
    }

    @Test func brokenOnesAreReportedOnceAndStoodInFor() throws {
        let reported = Collected<RefusedPicture>()
        let data = try PictureDataset(
            GeneratedSource(count: 6, broken: [2, 3, 5]), .init(height: 8, width: 8)
        ) { reported.append($0) }
        for _ in 0..<3 {
            #expect(try (0..<6).map { try data.usablePicture(at: $0).index } == [0, 1, 4, 4, 4, 0])
        }
        #expect(try data.usablePicture(at: 2).picture == testPicture(4))
        #expect(reported.all.map(\.name) == ["picture 2", "picture 3", "picture 5"])
        #expect(data.broken.map(\.name) == ["picture 2", "picture 3", "picture 5"])
        #expect(throws: DatasetError.self) { try data.picture(at: 2) }
    }

    @Test func holdingOutGoesByNameAndKey() throws {
        let key = RandomKey(seed: 5)
        func heldOut(_ count: Int, _ key: RandomKey) throws -> [String] {
            let data = try dataset(GeneratedSource(count: count), .init(height: 8, width: 8))
            let (training, held) = data.split(holdingOut: 0.1, key: key)
            #expect(training.count + held.count == count)
            let names = (0..<held.count).map(held.name(of:))
            #expect(Set(names).isDisjoint(with: (0..<training.count).map(training.name(of:))))
            return names
        }
        let few = try heldOut(1_000, key)
        #expect((70...130).contains(few.count))
        let more = try heldOut(2_000, key)
        #expect(Array(more.prefix(few.count)) == few)
        #expect(try heldOut(1_000, RandomKey(seed: 6)) != few)
        #expect(try heldOut(2, key).count == 1)
        let data = try dataset(GeneratedSource(count: 50), .init(height: 8, width: 8))
        let held = data.split(holdingOut: 0.2, key: key).heldOut
        let number = try #require(Int(held.name(of: 0).dropFirst("picture ".count)))
        #expect(held.label(of: 0) == number % 3)
        #expect(try held.picture(at: 0) == testPicture(number))
    }

    @Test func labelsAreUsedOnlyWhereAllHaveOne() throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 { try folder.writePicture(number, "\(number).png") }
        try folder.write("0.png,x\n2.png,y\n", "labels.csv")
        let source = try PictureSources.open(path: folder.path)
        let all = try PictureDataset(source, .init(height: 8, width: 8))
        #expect(!all.hasLabels && all.classNames.isEmpty && all.label(of: 0) == nil)
        #expect(all.count == 3)
        let labelled = try PictureDataset(source, .init(height: 8, width: 8, requiresLabels: true))
        #expect(labelled.hasLabels && labelled.classNames == ["x", "y"])
        #expect((0..<labelled.count).map(labelled.label(of:)) == [0, 1])
        #expect(throws: DatasetError.self) {
            try PictureDataset(
                GeneratedSource(count: 2, labelled: false),
                .init(height: 8, width: 8, requiresLabels: true))
        }
    }
}
