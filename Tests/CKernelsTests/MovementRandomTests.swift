import CKernels
import Foundation
import TensorCore
import Testing

@Suite struct MovementRandomTests {
    private func words(of key: RandomKey) -> [Int32] {
        [Int32(bitPattern: key.high), Int32(bitPattern: key.low)]
    }

    private func bits(_ key: RandomKey, first: UInt64, count: Int, threads: Int32 = 1) -> [UInt32] {
        var result = [Int32](repeating: 0, count: count)
        atl_random_bits(words(of: key), first, Int64(count), &result, threads)
        return result.map(UInt32.init(bitPattern:))
    }

    private func normals(
        _ key: RandomKey, first: UInt64 = 0, count: Int, threads: Int32 = 1
    ) -> [Float] {
        var result = [Float](repeating: .nan, count: count)
        atl_random_normal(words(of: key), first, Int64(count), &result, threads)
        return result
    }

    /// The exact normal number of a word: Newton's method on the distribution function, from the
    /// near tail, where `erfc` keeps its precision.
    private func exactNormal(_ word: UInt32) -> Double {
        let probability = (Double(word >> 8) + 0.5) * 0x1p-24
        let tail = min(probability, 1 - probability)
        var z = 0.0
        for _ in 0..<60 {
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            let step = (erfc(z / 2.0.squareRoot()) / 2 - tail) / density
            z += step
            if abs(step) < 1e-14 { break }
        }
        return probability < 0.5 ? -z : z
    }

    /// The known-answer vectors of Random123 for threefry2x32 with 20 rounds.
    @Test func threefryKnownAnswers() {
        let ones = UInt32.max
        let zeros = RandomKey.threefry(key: RandomKey(high: 0, low: 0), 0, 0)
        #expect(zeros == (0x6b20_0159, 0x99ba_4efe))
        #expect(
            RandomKey.threefry(key: RandomKey(high: ones, low: ones), ones, ones)
                == (0x1cb9_96fc, 0xbb00_2be7))
        let pi = RandomKey(high: 0x1319_8a2e, low: 0x0370_7344)
        #expect(
            RandomKey.threefry(key: pi, 0x243f_6a88, 0x85a3_08d3) == (0xc492_3a9c, 0x483d_f7a0))
        #expect(bits(RandomKey(high: 0, low: 0), first: 0, count: 2) == [0x6b20_0159, 0x99ba_4efe])
    }

    @Test func bitsAreTheKeysStream() {
        let key = RandomKey(seed: 0xDEAD_BEEF_0BAD_CAFE)
        for first in [0, 1, 255, 256, 0x1_FFFF_FFF0, 0x1_FFFF_FFFF, 0xF123_4567_89AB_CDEF]
            as [UInt64]
        {
            for count in [1, 2, 3, 255, 256, 257, 1001] {
                let expected = (0..<count).map { key.word(first + UInt64($0)) }
                #expect(bits(key, first: first, count: count) == expected, "\(first) \(count)")
            }
        }
        #expect(bits(key, first: 5, count: 0) == [])
    }

    @Test func sameBitsOnAnyThreadCount() {
        let key = RandomKey(seed: 5)
        let count = 100_003
        let one = bits(key, first: 7, count: count)
        let (uniform, sameUniform) = movementSameBits(count: count) {
            atl_random_uniform(words(of: key), 7, Int64(count), $0, $1)
        }
        let (normal, sameNormal) = movementSameBits(count: count) {
            atl_random_normal(words(of: key), 7, Int64(count), $0, $1)
        }
        #expect(bits(key, first: 7, count: count, threads: 2) == one)
        #expect(bits(key, first: 7, count: count, threads: 3) == one)
        #expect(sameUniform && sameNormal)
        #expect(uniform == (0..<count).map { key.uniform(7 + UInt64($0)) })
        #expect(uniform.allSatisfy { 0 <= $0 && $0 < 1 })
        // An element depends on its place in the stream alone.
        #expect(normals(key, first: 50_000, count: 99) == Array(normal[49_993..<50_092]))
    }

    @Test func exactNormalIsTheOracle() {
        // statistics.NormalDist().inv_cdf of Python at 2^-25 and 0.5 + 2^-25, and at quarters.
        #expect(abs(exactNormal(0) - -5.419983175) < 1e-8)
        #expect(abs(exactNormal(0x8000_0000) - 7.470334395e-08) < 1e-13)
        #expect(abs(exactNormal(0x4000_0000) - -0.6744897501960817) < 1e-6)
    }

    @Test func normalsAreTheQuantilesOfTheWords() {
        let key = RandomKey(seed: 42)
        let count = 200_000
        let drawn = bits(key, first: 0, count: count)
        let worst = zip(normals(key, count: count), drawn).map { value, word in
            let exact = exactNormal(word)
            return abs(Double(value) - exact) / abs(exact)
        }.max()
        #expect((worst ?? .infinity) < 1e-6)
        // The places in this stream of the least and the greatest word, and of the two next to 0.
        let extremes: [(UInt64, UInt32)] = [
            (9_366_024, 0), (100_914_464, 0xFFFFFF), (710_636, 0x7FFFFF), (16_282_820, 0x800000),
        ]
        for (place, expected) in extremes {
            let word = bits(key, first: place, count: 1)[0]
            #expect(word >> 8 == expected)
            let exact = exactNormal(word)
            let value = Double(normals(key, first: place, count: 1)[0])
            #expect(abs(value - exact) < 1e-6 * abs(exact))
        }
    }

    @Test func normalMoments() {
        let count = 1 << 20
        let z = normals(RandomKey(seed: 9), count: count).map(Double.init)
        func moment(_ power: Double) -> Double {
            z.reduce(0) { $0 + pow($1, power) } / Double(count)
        }
        // Five standard errors: the variances of z, z^2, z^3, z^4 are 1, 2, 15, 96.
        let error = 5 / Double(count).squareRoot()
        #expect(abs(moment(1)) < error)
        #expect(abs(moment(2) - 1) < error * 2.0.squareRoot())
        #expect(abs(moment(3)) < error * 15.0.squareRoot())
        #expect(abs(moment(4) - 3) < error * 96.0.squareRoot())
        for (quantile, share) in [
            (-2.3263479, 0.01), (-0.6744898, 0.25), (0, 0.5), (1.9599640, 0.975),
        ] {
            let below = Double(z.count { $0 < quantile }) / Double(count)
            #expect(abs(below - share) < error * (share * (1 - share)).squareRoot())
        }
    }

    /// The same bits on every machine and instruction set: FNV-1a of the numbers' bit patterns.
    @Test func normalBitsArePinned() {
        let hash = normals(RandomKey(seed: 42), count: 1 << 16).reduce(
            0xcbf2_9ce4_8422_2325 as UInt64
        ) {
            ($0 ^ UInt64($1.bitPattern)) &* 0x0000_0100_0000_01b3
        }
        #expect(hash == 0x3152_dbc1_3967_69d6)
    }

    @Test(arguments: [0, 1, 2, 3, 10, 256, 257, 1000, 60_000])
    func permutationIsTheKeys(_ count: Int) {
        let key = RandomKey(seed: UInt64(count) + 1)
        var found = [Int32](repeating: -1, count: count)
        atl_random_permutation(words(of: key), Int64(count), &found)
        #expect(found.map(Int.init) == key.permutation(count))
        #expect(found.sorted() == (0..<count).map(Int32.init))
    }
}
