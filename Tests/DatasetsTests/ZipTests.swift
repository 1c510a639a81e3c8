import CZlib
import Datasets
import Imaging
import Testing

@Suite struct ZipTests {
    private func open(_ entries: [ZipEntry]) throws -> any PictureSource {
        let folder = try TemporaryFolder()
        let path = try folder.write(zipArchive(entries), "set.zip")
        // The archive stays open, so the folder may go.
        return try PictureSources.open(path: path)
    }

    private func png(_ number: Int, _ name: String) throws -> ZipEntry {
        ZipEntry(name: name, bytes: try PNGFile.encode(testPicture(number)))
    }

    @Test func readsPicturesAndClasses() throws {
        let folder = try TemporaryFolder()
        var jpeg = try ZipEntry(name: "b/1.jpg", bytes: JPEGFile.encode(testPicture(2)))
        jpeg.deflated = true
        let path = try folder.write(
            zipArchive([
                png(1, "b/10.png"), jpeg, png(3, "a\\2.png"), png(4, "__MACOSX/a/2.png"),
                png(5, "a/.hidden.png"), ZipEntry(name: "a/", bytes: []),
                ZipEntry(name: "about.txt", bytes: [65]),
            ]), "set.zip")
        let source = try PictureSources.open(path: path)
        #expect(source.kind == .zip)
        #expect((0..<source.count).map(source.name(of:)) == ["a/2.png", "b/1.jpg", "b/10.png"])
        #expect(source.classNames == ["a", "b"])
        #expect(source.refused.isEmpty)
        #expect(try source.picture(at: 0) == testPicture(3))
        #expect(try source.picture(at: 2) == testPicture(1))
    }

    @Test func readsALabelFileInside() throws {
        let source = try open([
            png(1, "1.png"), png(2, "2.png"),
            ZipEntry(
                name: "dataset.json",
                bytes: Array(#"{"labels": [["1.png", 1], ["2.png", 0]]}"#.utf8)),
        ])
        #expect((0..<2).map(source.label(of:)) == [1, 0])
    }

    @Test func oddEntriesAreNamedAndSkipped() throws {
        var encrypted = try png(2, "encrypted.png")
        encrypted.encrypted = true
        var huge = try png(3, "huge.png")
        huge.claimedSize = 2_000_000_000
        var short = try png(4, "short.png")
        short.claimedSize = 1_000_000
        let bomb = ZipEntry(
            name: "bomb.png", bytes: [UInt8](repeating: 0, count: 20 << 20), deflated: true)
        let source = try open([
            png(1, "good.png"), encrypted, huge, short, bomb, png(5, "../out.png"),
            ZipEntry(name: "text.png", bytes: Array("no picture".utf8)), png(6, "good.png"),
        ])
        #expect((0..<source.count).map(source.name(of:)).contains("good.png"))
        let refused = Dictionary(
            source.refused.map { ($0.name, $0.reason) }, uniquingKeysWith: { $0 + $1 })
        #expect(refused["encrypted.png"]?.contains("encrypted") == true)
        #expect(refused["huge.png"]?.contains("unpacks to 2000000000 bytes") == true)
        #expect(refused["bomb.png"]?.contains("fill the memory") == true)
        #expect(refused["../out.png"]?.contains("leads out") == true)
        #expect(refused["text.png"] != nil)
        #expect(refused["good.png"]?.contains("second entry") == true)
        // What only the data show is refused when it is read.
        if refused["short.png"] == nil {
            let item = try #require((0..<source.count).first { source.name(of: $0) == "short.png" })
            #expect(throws: DatasetError.self) { try source.picture(at: item) }
        }
    }

    @Test func damagedDataAreCaughtByTheirChecksum() throws {
        let folder = try TemporaryFolder()
        // A bit of the table that JPEG multiplies by: the picture still decodes, to other pixels.
        let jpeg = try JPEGFile.encode(testPicture(1))
        var damaged = jpeg
        damaged[30] ^= 0x10
        #expect(
            try ImageFile.decode(bytes: damaged).pixels != ImageFile.decode(bytes: jpeg).pixels)
        var bytes = try zipArchive([ZipEntry(name: "1.jpg", bytes: jpeg), png(2, "2.png")])
        // The entry's data begin behind 30 bytes and its name.
        bytes[30 + 5 + 30] ^= 0x10
        let path = try folder.write(bytes, "set.zip")
        let source = try PictureSources.open(path: path)
        #expect(throws: DatasetError.self) { try source.picture(at: 0) }
        #expect(try source.picture(at: 1) == testPicture(2))
    }

    @Test(arguments: ["exif.webp", "exif.png"])
    func whatTurnsAPictureMayLieBehindItsPixels(name: String) throws {
        // Noise packs badly: the pixels alone are longer than what is looked at first.
        let upright = testPicture(3, width: 300, height: 150)
        let orientation: [UInt8] =
            [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
            + [0, 0, 0, 0]
        let bytes: [UInt8]
        if name.hasSuffix("png") {
            let png = try PNGFile.encode(upright)
            let chunk = Array("eXIf".utf8) + orientation
            bytes =
                Array(png.dropLast(12)) + bigEndian(UInt32(orientation.count)) + chunk
                + bigEndian(UInt32(crc32(0, chunk, UInt32(chunk.count)))) + Array(png.suffix(12))
        } else {
            let still = try WebPFile.encode(upright)
            var body = Array("WEBPVP8X".utf8) + littleEndian(10, 4) + [0x08, 0, 0, 0]
            body += littleEndian(299, 3) + littleEndian(149, 3) + Array(still[12...])
            body += Array("EXIF".utf8) + littleEndian(UInt32(orientation.count), 4) + orientation
            bytes = Array("RIFF".utf8) + littleEndian(UInt32(body.count), 4) + body
        }
        #expect(bytes.count > 100_000)
        let source = try open([ZipEntry(name: name, bytes: bytes)])
        let picture = try source.picture(at: 0)
        #expect(picture.width == 150 && picture.height == 300)
        let header = source.header(of: 0)
        #expect(header.width == 150 && header.height == 300)
    }

    @Test func brokenArchivesAreRefused() throws {
        let folder = try TemporaryFolder()
        let whole = try zipArchive([png(1, "1.png")])
        let truncated = try folder.write(Array(whole.dropLast(30)), "truncated.zip")
        #expect(throws: DatasetError.self) { try PictureSources.open(path: truncated) }
        let empty = try folder.write(zipArchive([]), "empty.zip")
        let error = #expect(throws: DatasetError.self) { try PictureSources.open(path: empty) }
        #expect(error?.kind == .noUsablePicture)
    }

    @Test func manyThreadsReadOneArchive() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            zipArchive((0..<30).map { try png($0, "\($0).png") }), "set.zip")
        let source = try PictureSources.open(path: path)
        defer { withExtendedLifetime(folder) {} }
        let right = await withTaskGroup(of: Bool.self) { group in
            for item in 0..<120 {
                group.addTask { (try? source.picture(at: item % 30)) == testPicture(item % 30) }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 120)
    }
}
