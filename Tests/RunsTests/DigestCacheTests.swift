import Foundation
import Runs
import Testing

@Suite struct DigestCacheTests {
    @Test func digestsComeBack() throws {
        let folder = try TemporaryFolder()
        let cache = StatisticsCache(folder: folder.file("a/b"))
        let digest = String(repeating: "a1", count: 32)
        #expect(cache.digest(forStamp: "one") == nil)
        try cache.store(digest: digest, forStamp: "one")
        #expect(cache.digest(forStamp: "one") == digest)
        #expect(cache.digest(forStamp: "two") == nil)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("a/b"))
        let file = try #require(files.count == 1 ? files.first : nil)
        for text in ["", "atelier.digest.1\none\nshort\n", "atelier.digest.1\nother\n\(digest)\n"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("a/b/\(file)")))
            #expect(cache.digest(forStamp: "one") == nil, "\(text)")
        }
    }
}
