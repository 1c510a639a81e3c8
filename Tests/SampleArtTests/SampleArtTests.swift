import Datasets
import Files
import Glibc
import Imaging
import SampleArt
import Testing

/// A folder that goes when the test ends.
private final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/atelier-sampleart-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        for name in entries(path) { remove("\(path)/\(name)") }
        Glibc.remove(path)
    }
}

private func entries(_ folder: String) -> [String] {
    guard let listing = opendir(folder) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// The pictures of a data set by name.
private func pictures(at path: String) throws -> [String: PixelBuffer] {
    let source = try PictureSources.open(path: path)
    #expect(source.refused.isEmpty)
    var pictures: [String: PixelBuffer] = [:]
    for index in 0..<source.count {
        pictures[source.name(of: index)] = try source.picture(at: index)
    }
    return pictures
}

@Suite struct SampleArtTests {
    private let samples =
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/samples"

    @Test func folderAndArchiveHoldTheSamePictures() throws {
        let folder = try TemporaryFolder()
        var done: [Int] = []
        try SampleArt.writeDataset(to: "\(folder.path)/a/set", count: 14, size: 16, seed: 5) {
            done.append($0)
        }
        try SampleArt.writeZip(to: "\(folder.path)/set.zip", count: 14, size: 16, seed: 5)
        let loose = try pictures(at: "\(folder.path)/a/set")
        #expect(loose == (try pictures(at: "\(folder.path)/set.zip")))
        #expect(loose.count == 14 && done == Array(1...14))
        #expect(loose["blossom/0003.png"] != nil && loose["tulip/0002.png"] != nil)
        #expect(entries("\(folder.path)/a/set") == FlowerPainter.classNames)
    }

    /// What the caller throws ends the drawing, and an archive that was begun is taken away.
    @Test func theCallerMayEndIt() throws {
        struct Enough: Error {}
        let folder = try TemporaryFolder()
        #expect(throws: Enough.self) {
            try SampleArt.writeZip(to: "\(folder.path)/set.zip", count: 14, size: 16, seed: 5) {
                if $0 == 3 { throw Enough() }
            }
        }
        #expect(entries(folder.path).isEmpty)
        #expect(throws: Enough.self) {
            try SampleArt.writeDataset(to: "\(folder.path)/set", count: 14, size: 16, seed: 5) {
                if $0 == 3 { throw Enough() }
            }
        }
        let files = entries("\(folder.path)/set").flatMap { entries("\(folder.path)/set/\($0)") }
        #expect(files.count == 3)
    }

    @Test func classesAreFolders() throws {
        let folder = try TemporaryFolder()
        try SampleArt.writeZip(to: "\(folder.path)/set.zip", count: 12, size: 16, seed: 5)
        let source = try PictureSources.open(path: "\(folder.path)/set.zip")
        #expect(source.classNames == FlowerPainter.classNames)
        #expect((0..<12).map { source.label(of: $0) } == (0..<12).map { $0 / 2 })
    }

    @Test func theSameSeedGivesTheSameArchive() throws {
        let folder = try TemporaryFolder()
        var archives: [[UInt8]] = []
        for (name, seed) in [("a", 5), ("b", 5), ("c", 6)] as [(String, UInt64)] {
            try SampleArt.writeZip(to: "\(folder.path)/\(name)", count: 7, size: 16, seed: seed)
            archives.append(try bytes(of: "\(folder.path)/\(name)"))
        }
        #expect(archives[0] == archives[1])
        #expect(archives[0] != archives[2])
    }

    @Test func aLargerSetBeginsWithTheSmaller() throws {
        let folder = try TemporaryFolder()
        try SampleArt.writeZip(to: "\(folder.path)/a.zip", count: 6, size: 16, seed: 9)
        try SampleArt.writeZip(to: "\(folder.path)/b.zip", count: 13, size: 16, seed: 9)
        let large = try pictures(at: "\(folder.path)/b.zip")
        for (name, picture) in try pictures(at: "\(folder.path)/a.zip") {
            #expect(large[name] == picture, "\(name)")
        }
    }

    @Test func aFolderWithFilesIsRefused() throws {
        let folder = try TemporaryFolder()
        try AtomicFile.write("mine", to: "\(folder.path)/notes.txt")
        let error = #expect(throws: ImageError.self) {
            try SampleArt.writeDataset(to: folder.path, count: 6, size: 16, seed: 1)
        }
        #expect(error?.description.contains("cannot draw into \(folder.path)") == true)
        #expect(entries(folder.path) == ["notes.txt"])
    }

    @Test func anArchiveInAMissingFolderIsRefused() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ImageError.self) {
            try SampleArt.writeZip(to: "\(folder.path)/no/set.zip", count: 6, size: 16, seed: 1)
        }
        #expect(error?.description.contains("no such file or folder") == true)
        #expect(entries(folder.path).isEmpty)
    }

    /// What `samples/` holds is what this code draws: seed 1, 3600 pictures.
    @Test func theCommittedSetIsDrawnByThisCode() throws {
        let source = try PictureSources.open(path: "\(samples)/flowers32.zip")
        #expect(source.count == 3600 && source.classNames == FlowerPainter.classNames)
        let folder = try TemporaryFolder()
        try SampleArt.writeZip(to: "\(folder.path)/set.zip", count: 48, size: 32, seed: 1)
        let drawn = try pictures(at: "\(folder.path)/set.zip")
        var compared = 0
        for index in 0..<source.count {
            guard let picture = drawn[source.name(of: index)] else { continue }
            #expect(try source.picture(at: index) == picture, "\(source.name(of: index))")
            compared += 1
        }
        #expect(compared == 48)
    }

    @Test(
        arguments: zip(
            FlowerPainter.classNames, [5012, 5007, 5020, 5015, 5004, 5029] as [UInt64]))
    func theCommittedPicturesAreDrawnByThisCode(name: String, seed: UInt64) throws {
        let source = try PictureSources.open(path: "\(samples)/pictures")
        let index = try #require((0..<source.count).first { source.name(of: $0) == "\(name).png" })
        let species = try #require(FlowerPainter.classNames.firstIndex(of: name))
        let drawn = FlowerPainter.draw(class: species, seed: seed, size: 256)
        #expect(try source.picture(at: index) == drawn)
    }

    private func bytes(of path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "rb"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}
