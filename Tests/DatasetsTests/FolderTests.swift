import Datasets
import Glibc
import Imaging
import Testing

@Suite struct FolderTests {
    @Test func naturalOrderAndHiddenFiles() throws {
        let folder = try TemporaryFolder()
        let names = ["10.png", "2.png", "02.png", "b/1.png", "b.png", "a/100.png", "a/20.png"]
        for (number, name) in names.enumerated() { try folder.writePicture(number, name) }
        try folder.writePicture(1, ".hidden.png")
        try folder.writePicture(1, ".secret/x.png")
        try folder.writePicture(1, "__MACOSX/x.png")
        try folder.write("hello", "readme.txt")
        let source = try PictureSources.open(path: folder.path + "/")
        #expect(source.kind == .folder)
        #expect(
            (0..<source.count).map(source.name(of:))
                == ["02.png", "2.png", "10.png", "a/20.png", "a/100.png", "b/1.png", "b.png"])
        #expect(source.refused.isEmpty)
        #expect(source.classNames.isEmpty)
        #expect(source.notes == ["1 other files are left alone (.txt)"])
        #expect(try source.picture(at: 1) == testPicture(1))
    }

    @Test func contentTellsAPictureFromItsName() throws {
        let folder = try TemporaryFolder()
        try folder.write(PNGFile.encode(testPicture(1)), "no-extension")
        try folder.write(JPEGFile.encode(testPicture(2)), "jpeg-called.png")
        try folder.write("I am no picture", "text.jpg")
        try folder.write([], "empty.png")
        let source = try PictureSources.open(path: folder.path)
        #expect((0..<source.count).map(source.name(of:)) == ["jpeg-called.png", "no-extension"])
        #expect(source.header(of: 0).fileFormat == "JPEG")
        #expect(source.refused.map(\.name) == ["empty.png", "text.jpg"])
        #expect(source.refused.allSatisfy { !$0.reason.isEmpty })
    }

    @Test func subfoldersAreClasses() throws {
        let folder = try TemporaryFolder()
        for (number, name) in ["rose/1.png", "rose/deep/2.png", "daisy/1.png"].enumerated() {
            try folder.writePicture(number, name)
        }
        let source = try PictureSources.open(path: folder.path)
        #expect(source.classNames == ["daisy", "rose"])
        #expect((0..<3).map(source.label(of:)) == [0, 1, 1])
        #expect(source.notes.contains { $0.contains("2 first-level sub-folders") })
        let without = try PictureSources.open(path: folder.path, options: .init(labels: .none))
        #expect(without.classNames.isEmpty && without.label(of: 0) == nil)
        // One picture outside of them, and they are no classes unless asked for.
        try folder.writePicture(9, "loose.png")
        #expect(try PictureSources.open(path: folder.path).classNames.isEmpty)
        let asked = try PictureSources.open(path: folder.path, options: .init(labels: .subfolders))
        #expect((0..<4).map(asked.label(of:)) == [0, nil, 1, 1])
        #expect(asked.notes.contains { $0.hasPrefix("1 of 4 pictures") })
    }

    @Test func linksEndAndDanglingOnesAreNamed() throws {
        let folder = try TemporaryFolder()
        try folder.writePicture(1, "a/1.png")
        symlink("..", folder.path + "/a/loop")
        symlink("nowhere.png", folder.path + "/dangling.png")
        symlink("a/1.png", folder.path + "/link.png")
        mkfifo(folder.path + "/pipe.png", 0o644)
        let source = try PictureSources.open(path: folder.path)
        #expect((0..<source.count).map(source.name(of:)) == ["a/1.png", "link.png"])
        #expect(source.refused.map(\.name) == ["a/loop", "dangling.png", "pipe.png"])
    }

    @Test(.enabled(if: getuid() != 0, "root may read every file"))
    func unreadableFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        try folder.writePicture(1, "1.png")
        try folder.writePicture(2, "2.png")
        chmod(folder.path + "/2.png", 0)
        let source = try PictureSources.open(path: folder.path)
        #expect(source.refused.map(\.name) == ["2.png"])
    }

    @Test func nothingUsableSaysWhatWasFound() throws {
        let folder = try TemporaryFolder()
        let empty = datasetError { () throws(DatasetError) in
            _ = try PictureSources.open(path: folder.path)
        }
        #expect(empty?.kind == .noUsablePicture)
        #expect(empty?.description.contains("0 files found, 0 refused") == true)
        try folder.write("no", "1.png")
        try folder.write("no", "2.jpg")
        let refused = datasetError { () throws(DatasetError) in
            _ = try PictureSources.open(path: folder.path)
        }
        #expect(refused?.kind == .noUsablePicture)
        #expect(refused?.description.contains("2 files found, 2 refused; first: 1.png: ") == true)
        #expect(refused?.description.contains(folder.path) == true)
        let missing = datasetError { () throws(DatasetError) in
            _ = try PictureSources.open(path: folder.path + "/missing")
        }
        #expect(missing?.kind == .notFound)
    }

    @Test func otherFilesAreExplained() throws {
        let folder = try TemporaryFolder()
        try folder.writePicture(1, "one.png")
        let picture = datasetError { () throws(DatasetError) in
            _ = try PictureSources.open(path: folder.path + "/one.png")
        }
        #expect(picture?.kind == .unknownKind)
        #expect(picture?.advice == "give the folder that it lies in")
        try folder.writeGzip(Array("tar".utf8), "set.tar.gz")
        let tar = datasetError { () throws(DatasetError) in
            _ = try PictureSources.open(path: folder.path + "/set.tar.gz")
        }
        #expect(tar != nil)
        let device = datasetError { () throws(DatasetError) in
            _ = try PictureSources.open(path: "/dev/zero")
        }
        #expect(device?.kind == .unreadable)
    }

    @Test func threadsDoNotChangeTheOrder() throws {
        let folder = try TemporaryFolder()
        for number in 0..<40 { try folder.writePicture(number, "\(number).png") }
        try folder.write("no", "7.png")
        for threads in [1, 4] {
            let source = try PictureSources.open(
                path: folder.path, options: .init(threadCount: threads))
            #expect(
                (0..<source.count).map(source.name(of:))
                    == (0..<40).filter { $0 != 7 }.map { "\($0).png" })
        }
    }
}

@Suite struct LabelFileTests {
    private func source(_ file: String, _ text: String) throws -> any PictureSource {
        let folder = try TemporaryFolder()
        for (number, name) in ["a.png", "sub/b.png", "sub/c, d.png"].enumerated() {
            try folder.writePicture(number, name)
        }
        try folder.write(text, file)
        return try PictureSources.open(path: folder.path)
    }

    @Test(arguments: [
        ("labels.csv", "path,label\na.png,rose\n\nsub/b.png,daisy\r\n\"sub/c, d.png\",\"rose\"\n"),
        ("labels.tsv", "./a.png\trose\nsub/b.png\tdaisy\nsub/c, d.png\trose"),
        ("labels.json", #"{"a.png": "rose", "sub/b.png": "daisy", "sub/c, d.png": "rose"}"#),
        (
            "dataset.json",
            #"{"labels": [["a.png", "rose"], ["sub/b.png", "daisy"], ["sub/c, d.png", "rose"]]}"#
        ),
    ])
    func namedClasses(file: String, text: String) throws {
        let source = try source(file, text)
        #expect(source.classNames == ["daisy", "rose"])
        #expect((0..<3).map(source.label(of:)) == [1, 0, 1])
    }

    @Test func numberedClassesKeepTheirNumbers() throws {
        let source = try source("labels.json", #"[["a.png", 3], ["sub/b.png", 0]]"#)
        #expect(source.classNames == ["0", "1", "2", "3"])
        #expect((0..<3).map(source.label(of:)) == [3, 0, nil])
        #expect(source.notes.contains { $0.hasPrefix("1 of 3 pictures are not in labels.json") })
    }

    @Test(arguments: [
        ("labels.csv", "a.png,rose\na.png,daisy\n", "two labels"),
        ("labels.csv", "a.png\n", "line 1"),
        ("labels.csv", "other.png,rose\n", "none of its 1 paths"),
        ("labels.csv", "", "found none"),
        ("labels.json", "{", "found no such JSON"),
        ("labels.json", #"{"labels": null}"#, "no labels"),
        ("labels.json", #"{"a.png": [1]}"#, "a.png has another value"),
    ])
    func brokenOnesAreRefused(file: String, text: String, expected: String) throws {
        let error = #expect(throws: DatasetError.self) { try source(file, text) }
        #expect(error?.kind == .labels)
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
}
