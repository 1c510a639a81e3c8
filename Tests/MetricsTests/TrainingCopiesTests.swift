import Metrics
import Testing

/// Copies of training pictures against fresh ones.
@Suite struct TrainingCopiesTests {
    private func rows(_ values: [Float], _ width: Int) throws -> FeatureMatrix {
        try FeatureMatrix(values, featureCount: width)
    }

    /// A matrix with noise of a size added.
    private func shaken(_ matrix: FeatureMatrix, _ size: Float, seed: UInt64) throws
        -> FeatureMatrix
    {
        let shake = try noise(matrix.rowCount, matrix.featureCount, seed: seed)
        return try rows(
            zip(matrix.values, shake.values).map { $0 + size * $1 / 2 }, matrix.featureCount)
    }

    @Test func copiesAreTakenForCopiesAndFreshOnesNot() throws {
        let training = try noise(400, 24)
        let fresh = try TrainingCopies.measure(made: noise(150, 24, seed: 2), training: training)
        #expect(fresh.copiedShare < 0.02 && fresh.usualShare < 0.02, "\(fresh)")
        #expect((0.8...1.2).contains(fresh.medianRatio), "\(fresh)")
        #expect((0.8...1.2).contains(fresh.usualRatio), "\(fresh)")
        #expect(fresh.madeCount == 150 && fresh.trainingCount == 400)
        // Exact copies, and copies with a little noise.
        let some = training.rows(Array(stride(from: 0, to: 400, by: 4)))
        let exact = try TrainingCopies.measure(made: some, training: training)
        #expect(exact.copiedShare == 1 && exact.medianRatio == 0, "\(exact)")
        let near = try TrainingCopies.measure(
            made: shaken(some, 0.4, seed: 5), training: training)
        #expect(near.copiedShare > 0.98 && near.medianRatio < 0.4, "\(near)")
        // Half of each.
        let mixed = try FeatureMatrix(joining: [some, noise(100, 24, seed: 9)])
        let half = try TrainingCopies.measure(made: mixed, training: training)
        #expect((0.5...0.52).contains(half.copiedShare), "\(half)")
        #expect(half.usualShare == fresh.usualShare)
    }

    /// A blurred picture is nearer to everything, and a copy of nothing.
    @Test func averagesAreNoCopies() throws {
        let training = try noise(400, 24)
        var blurred: [Float] = []
        for row in 0..<100 {
            let parts = training.rows((0..<8).map { (row * 8 + $0 * 37) % 400 })
            for feature in 0..<24 {
                blurred.append((0..<8).reduce(0) { $0 + parts.values[$1 * 24 + feature] } / 8)
            }
        }
        let found = try TrainingCopies.measure(made: rows(blurred, 24), training: training)
        #expect(found.copiedShare < 0.05, "\(found)")
    }

    /// Of fresh pictures that vary in m directions, a share of 2^-m is under the limit.
    @Test(arguments: [1, 2, 3]) func theShareOfFreshOnesIsTheOneOfTheory(_ width: Int) throws {
        let found = try TrainingCopies.measure(
            made: noise(600, width, seed: 4), training: noise(3000, width, seed: 3))
        let expected = 1 / Double(1 << width)
        #expect(abs(found.copiedShare - expected) < 0.09, "\(found)")
        #expect(abs(found.usualShare - expected) < 0.09, "\(found)")
    }

    /// Data in which every picture is there twice: fresh pictures are still fresh.
    @Test func twinsInTheDataAreTheDatasOwn() throws {
        let once = try noise(200, 24)
        let training = try FeatureMatrix(joining: [once, once])
        let fresh = try TrainingCopies.measure(made: noise(80, 24, seed: 2), training: training)
        #expect(fresh.copiedShare < 0.03, "\(fresh)")
        #expect(fresh.usualShare == 1 && fresh.usualRatio == 0, "\(fresh)")
    }

    @Test func tooFewRowsAreRefused() throws {
        #expect(throws: FeatureError.self) {
            try TrainingCopies.measure(made: noise(5, 3), training: noise(7, 3))
        }
        #expect(throws: FeatureError.self) {
            try TrainingCopies.measure(made: noise(5, 3), training: noise(20, 4))
        }
    }
}
