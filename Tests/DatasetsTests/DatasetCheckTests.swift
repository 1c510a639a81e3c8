import Datasets
import FoundationEssentials
import Imaging
import Testing

@Suite struct DatasetCheckTests {
    private func mixedFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.writePicture(1, "a/1.png", width: 32, height: 32)
        try folder.writePicture(2, "a/2.png", width: 32, height: 32)
        try folder.write(
            PNGFile.encode(testPicture(1, width: 32, height: 32), compression: .best), "b/copy.png")
        try folder.write(JPEGFile.encode(testPicture(3, width: 64, height: 48)), "b/3.jpg")
        try folder.write(
            PNGFile.encode(testPicture(4, width: 16, height: 16, format: .rgba)), "b/4.png")
        try folder.write("broken", "b/header.png")
        // A sound header and cut pixels: only decoding finds it.
        let whole = try PNGFile.encode(testPicture(5, width: 64, height: 64))
        try folder.write(Array(whole.prefix(whole.count / 2)), "b/pixels.png")
        return folder
    }

    @Test func countsWhatIsThere() throws {
        let folder = try mixedFolder()
        let source = try PictureSources.open(path: folder.path)
        let reports = try [1, 3].map { try DatasetCheck.run(source, threadCount: $0) }
        #expect(reports[0] == reports[1])
        let report = reports[0]
        #expect(report.usableCount == 5)
        #expect(
            report.sizes == [
                .init(name: "32x32", count: 3), .init(name: "16x16", count: 1),
                .init(name: "64x48", count: 1),
            ])
        #expect(report.formats == [.init(name: "PNG", count: 4), .init(name: "JPEG", count: 1)])
        #expect(
            report.channels == [.init(name: "rgb", count: 4), .init(name: "rgb + alpha", count: 1)])
        #expect(report.classes == [.init(name: "a", count: 2), .init(name: "b", count: 3)])
        #expect(Set(report.broken.map(\.name)) == ["b/header.png", "b/pixels.png"])
        #expect(report.duplicates == [["a/1.png", "b/copy.png"]])
        #expect(report.duplicateCount == 1)
        #expect(report.transparentCount == 1)
        #expect(report.smallest == "16x16 b/4.png")
        #expect(report.largest == "64x48 b/3.jpg")
        #expect(report.decodedBytes == 3 * 32 * 32 * 3 + 64 * 48 * 3 + 16 * 16 * 4)
        #expect(report.proposal.channels == .rgb)
        #expect(report.proposal.side == 16)
    }

    @Test func printsAndEncodes() throws {
        let folder = try mixedFolder()
        try folder.writePicture(9, "b/bell\u{7}.png")
        let report = try DatasetCheck.run(try PictureSources.open(path: folder.path))
        let text = report.text()
        for expected in [
            "6 pictures (folder)", "32x32", "50.0%", "b/pixels.png: damaged PNG",
            "exact duplicates: 1",
            "a/1.png = b/copy.png", "proposed: --size",
        ] {
            #expect(text.contains(expected), "\(expected) in \(text)")
        }
        #expect(!text.contains("\u{7}"))
        let copy = try JSONDecoder().decode(
            DatasetReport.self, from: try JSONEncoder().encode(report))
        #expect(copy == report)
    }

    @Test func reportsProgressInOrder() throws {
        let seen = Collected<DatasetCheck.Progress>()
        _ = try DatasetCheck.run(GeneratedSource(count: 20, broken: [3]), threadCount: 3) {
            seen.append($0)
        }
        #expect(seen.all.map(\.done) == Array(1...20))
        #expect(seen.all.allSatisfy { $0.total == 20 })
        #expect(seen.all.last?.broken == 1)
    }

    @Test func nothingThatDecodesIsAnError() {
        let error = #expect(throws: DatasetError.self) {
            try DatasetCheck.run(GeneratedSource(count: 2, broken: [0, 1]))
        }
        #expect(error?.kind == .noUsablePicture)
        #expect(error?.description.contains("broken on purpose") == true)
    }

    @Test(arguments: [
        (28, 28, 32), (32, 32, 32), (48, 64, 32), (64, 64, 64), (500, 400, 256), (9, 9, 16),
    ])
    func proposesASide(width: Int, height: Int, side: Int) throws {
        let report = try DatasetCheck.run(
            GeneratedSource(count: 3, formats: [.grey], width: width, height: height))
        #expect(report.proposal.side == side)
        #expect(report.proposal.channels == .grey)
    }

    @Test func oneRuleForWhoeverChoosesASide() {
        for (short, side, unasked) in [(20, 16, 16), (28, 32, 32), (70, 64, 64), (500, 256, 64)] {
            let sides = Array(repeating: short, count: 10)
            #expect(FittingSide.side(forShortSides: sides) == side)
            #expect(
                FittingSide.side(forShortSides: sides, atMost: FittingSide.mostUnasked) == unasked)
        }
        // One in ten may be smaller.
        #expect(FittingSide.side(forShortSides: [9] + Array(repeating: 64, count: 9)) == 64)
        #expect(FittingSide.side(forShortSides: []) == 64)
    }
}
