import Files
import Foundation
import Glibc
import Testing

@Suite struct FolderTests {
    private let path: String

    init() throws {
        let place = FileManager.default.temporaryDirectory.path
        var template = Array("\(place)/atelier-files-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    @Test func whatIsMadeIsListed() throws {
        defer { for name in ["a/b/c", "a/b", "a/file", "a", ""] { remove("\(path)/\(name)") } }
        try Folder.make("\(path)/a/b//c/")
        try Folder.make("\(path)/a/b/c")
        try AtomicFile.write("x", to: "\(path)/a/file")
        #expect(try Folder.names(in: "\(path)/a").sorted() == ["b", "file"])
        #expect(try Folder.names(in: "\(path)/a/b/c").isEmpty)
        let taken = #expect(throws: FileError.self) { try Folder.make("\(path)/a/file") }
        #expect(taken?.path == "\(path)/a/file" && taken?.operation == "create the folder")
        let below = #expect(throws: FileError.self) { try Folder.make("\(path)/a/file/below") }
        #expect(below?.reason == .notFound)
        let missing = #expect(throws: FileError.self) { try Folder.names(in: "\(path)/none") }
        #expect(missing?.reason == .notFound)
        #expect(throws: FileError.self) { try Folder.make("") }
    }
}
