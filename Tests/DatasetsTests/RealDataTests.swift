import Datasets
import Imaging
import TensorCore
import Testing

@Suite(.enabled(if: realData != nil, "needs the real data beside the project"))
struct RealDataTests {
    @Test(arguments: ["mnist", "fashion_mnist"])
    func mnist(name: String) throws {
        let folder = try #require(realData) + "/" + name
        let source = try PictureSources.open(path: folder, options: .init(split: .all))
        #expect(source.kind == .idx && source.count == 70_000)
        var counts = [Int](repeating: 0, count: 10)
        for item in 0..<source.count { counts[try #require(source.label(of: item))] += 1 }
        if name == "mnist" {
            // LeCun's first training digits are 5, 0, 4, 1, 9.
            #expect((0..<5).map(source.label(of:)) == [5, 0, 4, 1, 9])
        } else {
            #expect(counts == Array(repeating: 7_000, count: 10))
            #expect(source.classNames[9] == "ankle boot")
        }
        let picture = try source.picture(at: 69_999)
        #expect(picture.width == 28 && picture.height == 28 && picture.bytes.contains { $0 > 200 })
        let data = try PictureDataset(source, .init(height: 32, width: 32))
        #expect(data.format == .grey)
        let batch = try #require(
            BatchStream(data, batchSize: 64, key: RandomKey(seed: 1)).first { _ in true })
        #expect(batch.shape == [64, 32, 32, 1])
    }

    @Test func flowers() throws {
        let source = try PictureSources.open(path: try #require(realData) + "/flowers64")
        #expect(source.count == 3_670)
        #expect(source.classNames == ["daisy", "dandelion", "roses", "sunflowers", "tulips"])
        #expect(source.refused.isEmpty)
        let report = try DatasetCheck.run(source)
        #expect(report.usableCount == 3_670)
        #expect(report.sizes == [.init(name: "64x64", count: 3_670)])
        #expect(report.proposal.side == 64 && report.proposal.channels == .rgb)
    }

    @Test func brokenImagesAreNamedNotFatal() throws {
        let source = try PictureSources.open(path: try #require(realData) + "/broken_images")
        let report = try DatasetCheck.run(source)
        #expect(report.usableCount > 0 && report.broken.count > 100)
    }

    @Test func emoji() throws {
        let source = try PictureSources.open(path: try #require(realData) + "/noto_emoji")
        #expect(source.count == 3_583)
        #expect(source.header(of: 0).format.hasAlpha)
        let data = try PictureDataset(
            source, .init(height: 32, width: 32, channels: .automaticWithAlpha))
        #expect(data.format == .rgba)
    }
}
