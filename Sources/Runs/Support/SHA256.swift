/// SHA-256 (FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4): the digest that seals
/// checkpoints.
///
/// Written here because nothing that Atelier links has one, and a seventy-line function is a
/// smaller burden on a fresh machine than another library. It guards against damage and mistakes;
/// nothing here is secret or signed.
package struct SHA256 {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
    )
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0

    /// Nothing taken yet.
    package init() {}

    /// The digest of bytes, as 64 hexadecimal digits.
    package static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        var hash = SHA256()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.finish()
    }

    /// Takes more of the message.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var offset = 0
        if !pending.isEmpty {
            offset = min(64 - pending.count, bytes.count)
            pending.append(contentsOf: bytes[..<offset])
            guard pending.count == 64 else { return }
            let block = pending
            block.withUnsafeBytes { compress($0, blockCount: 1) }
            pending.removeAll(keepingCapacity: true)
        }
        let blockCount = (bytes.count - offset) / 64
        let end = offset + blockCount * 64
        if blockCount > 0 {
            compress(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), blockCount: blockCount)
        }
        pending.append(contentsOf: bytes[end...])
    }

    /// The digest of everything taken, as 64 hexadecimal digits.
    package mutating func finish() -> String {
        let bitCount = byteCount &* 8
        var tail = pending + [0x80]
        tail += [UInt8](repeating: 0, count: (56 - tail.count + 128) % 64)
        tail += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64(56 - 8 * $0)) }
        tail.withUnsafeBytes { compress($0, blockCount: tail.count / 64) }
        return [state.0, state.1, state.2, state.3, state.4, state.5, state.6, state.7].map {
            word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private mutating func compress(_ bytes: UnsafeRawBufferPointer, blockCount: Int) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
            Self.roundConstants.withUnsafeBufferPointer { constants in
                for block in 0..<blockCount {
                    for i in 0..<16 {
                        schedule[i] = UInt32(
                            bigEndian: bytes.loadUnaligned(
                                fromByteOffset: block &* 64 &+ i &* 4, as: UInt32.self))
                    }
                    compress(schedule, constants)
                }
            }
        }
    }

    @inline(__always)
    private mutating func compress(
        _ w: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>
    ) {
        @inline(__always) func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 {
            x &>> n | x &<< (32 &- n)
        }
        for i in 16..<64 {
            let a = w[i &- 15]
            let b = w[i &- 2]
            let s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
            let s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
            w[i] = w[i &- 16] &+ s0 &+ w[i &- 7] &+ s1
        }
        var (a, b, c, d, e, f, g, h) = state
        // One round, the letters turned by the order of the arguments; eight turn them full circle.
        @inline(__always) func round(
            _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
            _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ i: Int
        ) {
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let t1 = h &+ s1 &+ (g ^ (e & (f ^ g))) &+ constants[i] &+ w[i]
            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            d = d &+ t1
            h = t1 &+ s0 &+ ((a & b) | (c & (a | b)))
        }
        var i = 0
        while i < 64 {
            round(a, b, c, &d, e, f, g, &h, i)
            round(h, a, b, &c, d, e, f, &g, i &+ 1)
            round(g, h, a, &b, c, d, e, &f, i &+ 2)
            round(f, g, h, &a, b, c, d, &e, i &+ 3)
            round(e, f, g, &h, a, b, c, &d, i &+ 4)
            round(d, e, f, &g, h, a, b, &c, i &+ 5)
            round(c, d, e, &f, g, h, a, &b, i &+ 6)
            round(b, c, d, &e, f, g, h, &a, i &+ 7)
            i &+= 8
        }
        state = (
            state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d,
            state.4 &+ e, state.5 &+ f, state.6 &+ g, state.7 &+ h
        )
    }

    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
