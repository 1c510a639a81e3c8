import Metrics
import Testing

@Suite struct SimilarityTests {
    /// The pictures of Tools/goldens/make_similarity_goldens.py.
    private static func pair(_ height: Int, _ width: Int, _ channels: Int) -> ([UInt8], [UInt8]) {
        var (a, b): ([UInt8], [UInt8]) = ([], [])
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let value = (x * 7 + y * 13 + c * 29 + x * y) % 256
                    a.append(UInt8(value))
                    b.append(UInt8(min(255, max(0, value + (x * 5 + y * 3 + c) % 31 - 15))))
                }
            }
        }
        return (a, b)
    }

    struct Golden: Sendable {
        var height: Int, width: Int, channels: Int
        var l1: Double, psnr: Double, ssim: Double
    }

    // Printed by Tools/goldens/make_similarity_goldens.py (NumPy 2, float64).
    static let goldens = [
        Golden(
            height: 24, width: 32, channels: 3, l1: 0.029781113834422657, psnr: 29.218832485764935,
            ssim: 0.9899806090398233),
        Golden(
            height: 16, width: 11, channels: 1, l1: 0.028832442067736188, psnr: 29.467930217837154,
            ssim: 0.9805136936475799),
        Golden(
            height: 5, width: 8, channels: 3, l1: 0.028627450980392155, psnr: 29.494601405975946,
            ssim: 0.929130342987095),
        Golden(
            height: 1, width: 1, channels: 3, l1: 0.03529411764705882, psnr: 27.27908751131098,
            ssim: 0.9286424864862605),
        Golden(
            height: 2, width: 40, channels: 3, l1: 0.02934640522875817, psnr: 29.324096521159298,
            ssim: 0.8355520704207963),
    ]

    @Test(arguments: goldens)
    func measuresAreThoseOfNumPy(_ golden: Golden) {
        let (a, b) = Self.pair(golden.height, golden.width, golden.channels)
        let found = PictureSimilarity(
            of: a, and: b, height: golden.height, width: golden.width, channels: golden.channels)
        #expect(abs(found.l1 - golden.l1) < 1e-12)
        #expect(abs(found.psnr - golden.psnr) < 1e-9)
        #expect(abs(found.ssim - golden.ssim) < 1e-9)
    }

    @Test func equalPicturesAreEqual() {
        let (a, _) = Self.pair(12, 14, 3)
        let found = PictureSimilarity(of: a, and: a, height: 12, width: 14, channels: 3)
        #expect(found.l1 == 0 && found.psnr == PictureSimilarity.mostDecibels)
        #expect(abs(found.ssim - 1) < 1e-9)
        #expect(PictureSimilarity.mean([]) == nil)
        let other = PictureSimilarity(l1: 1, psnr: 0, ssim: -1)
        let mean = PictureSimilarity.mean([found, other])
        #expect(mean?.l1 == 0.5 && mean?.psnr == 50 && abs(mean?.ssim ?? 1) < 1e-9)
    }

    @Test func blackAndWhiteAreAsFarAsCanBe() {
        let black = [UInt8](repeating: 0, count: 16 * 16)
        let white = [UInt8](repeating: 255, count: 16 * 16)
        let found = PictureSimilarity(of: black, and: white, height: 16, width: 16, channels: 1)
        #expect(found.l1 == 1 && found.psnr == 0 && found.ssim < 0.001)
    }
}
