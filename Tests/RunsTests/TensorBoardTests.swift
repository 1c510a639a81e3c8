import Foundation
import Runs
import Testing

@Suite struct TensorBoardTests {
    /// RFC 3720, appendix B.4.
    @Test func checksumsOfThePublishedVectors() {
        #expect(TFRecord.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(TFRecord.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(TFRecord.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(TFRecord.checksum(Array((0..<32).reversed())) == 0x113F_DB5C)
        #expect(TFRecord.checksum(Array("123456789".utf8)) == 0xE306_9283)
    }

    /// The same events as TensorBoard's own writer makes, byte for byte.
    @Test func theBytesAreTensorBoards() throws {
        let golden = try readFile(fixture("golden.tfevents"))
        var events = EventFileWriter.opening(time: 1000.5, resumingAfter: nil)
        events.append(EventFileWriter.opening(time: 1001.25, resumingAfter: 16)[1])
        events.append(
            EventFileWriter.scalars(
                ["loss/generator": -3.5, "loss/discriminator": 0.625], step: 17, time: 1002))
        events.append(
            EventFileWriter.image(
                Array("not a png".utf8), tag: "samples", width: 3, height: 2, channelCount: 3,
                step: 18,
                time: 1003))
        #expect(TFRecord.records(in: golden) == events)
        #expect(events.flatMap(TFRecord.frame) == golden)
    }

    @Test func damagedAndTornRecordsAreNotRead() {
        let whole = TFRecord.frame(Array("one".utf8)) + TFRecord.frame(Array("two".utf8))
        #expect(TFRecord.records(in: whole).count == 2)
        for length in 0..<whole.count {
            #expect(TFRecord.records(in: Array(whole[..<length])).count == length / 19)
        }
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 4
            #expect(TFRecord.records(in: bytes).count == index / 19)
        }
    }

    @Test func aNameOfAnImpossibleTimeIsPassedOver() throws {
        let folder = try TemporaryFolder()
        let odd = "events.out.tfevents.\(Int.max).host.1"
        _ = try folder.write([], odd)
        let writer = try EventFileWriter(folder: folder.path)
        #expect(!writer.path.contains("tfevents.9"))
        #expect(try folder.names.count == 2)
    }

    @Test func aResumedRunGetsANewFileThatIsReadLater() throws {
        let folder = try TemporaryFolder()
        var paths: [String] = []
        for step in [nil, 5, 9] {
            let writer = try EventFileWriter(folder: folder.path, resumingAfter: step)
            try writer.append(MetricsRecord(step: 6, images: 0, values: ["loss": .nan]))
            try writer.append(
                png: [1, 2], tag: "samples", width: 1, height: 1, channelCount: 1, step: 6)
            try writer.synchronize()
            paths.append(writer.path)
        }
        #expect(paths == paths.sorted() && Set(paths).count == 3)
        let counts = try paths.map { TFRecord.records(in: try readFile($0)).count }
        #expect(counts == [3, 4, 4])
    }
}
