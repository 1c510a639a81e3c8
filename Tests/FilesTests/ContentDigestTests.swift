import Files
import Testing

/// The digest of files against one from Python's hashlib and against the vectors of FIPS 180-4.
@Suite struct ContentDigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func publishedVectors(_ text: String, _ digest: String) {
        var hash = ContentDigest()
        hash.update(Array(text.utf8))
        let found = hash.finish()
        #expect(found == digest)
    }

    @Test func aMillionLettersInUnevenPieces() {
        var hash = ContentDigest()
        var left = 1_000_000
        var piece = 1
        while left > 0 {
            let count = min(piece, left)
            [UInt8](repeating: 0x61, count: count).withUnsafeBytes { hash.update($0) }
            left -= count
            piece = piece * 7 % 1009
        }
        let found = hash.finish()
        #expect(
            found == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}
