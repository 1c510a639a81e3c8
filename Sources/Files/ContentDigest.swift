import CCrypto

/// SHA-256 of a stream of bytes (FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4), by OpenSSL.
///
/// It seals checkpoints against damage and mistakes, and finds pictures with the same pixels; nothing
/// here is secret or signed.
public struct ContentDigest: ~Copyable {
    private let context: OpaquePointer

    /// A digest of nothing yet.
    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { fatalError("[ContentDigest] OpenSSL has no SHA-256, or no memory is left") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes more of the message.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let code = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        if code != 1 { fatalError("[ContentDigest] OpenSSL failed to take \(bytes.count) bytes") }
    }

    /// Takes more of the message.
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The digest of everything taken, as 64 hexadecimal digits.
    public consuming func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let code = EVP_DigestFinal_ex(context, &digest, nil)
        if code != 1 { fatalError("[ContentDigest] OpenSSL failed to finish") }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
