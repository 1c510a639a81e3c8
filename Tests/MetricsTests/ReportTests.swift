import Metrics
import Networks
import TensorCore
import Testing

@Suite struct ReportTests {
    private func set(
        _ rows: Int, _ width: Int, seed: UInt64, logits: FeatureMatrix? = nil
    ) throws -> FeatureSet {
        let matrix = try noise(rows, width, seed: seed)
        return FeatureSet(
            statistics: try FeatureStatistics(of: matrix), rows: matrix, logits: logits)
    }

    /// Only Inception's features may be called by the plain names.
    @Test func namesAreExact() throws {
        let (made, real) = (try set(60, 4, seed: 1), try set(80, 4, seed: 2))
        let logits = try noise(60, 5, seed: 3)
        let judged = FeatureSet(statistics: made.statistics, rows: made.rows, logits: logits)
        let other = try FeatureComparison.metrics(
            made: judged, real: real, features: "squeezenet1.0 pool")
        #expect(
            other.map(\.name) == [
                "FID (squeezenet1.0 pool)", "KID (squeezenet1.0 pool)",
                "precision (squeezenet1.0 pool)", "recall (squeezenet1.0 pool)",
                "density (squeezenet1.0 pool)", "coverage (squeezenet1.0 pool)",
                "score (squeezenet1.0 pool)",
            ])
        #expect(
            other.map(\.key) == [
                "fid", "kid", "precision", "recall", "density", "coverage", "score",
            ])
        let exact = try FeatureComparison.metrics(
            made: judged, real: real, features: InceptionFeatures.exactName)
        #expect(exact.map(\.name).prefix(2) == ["FID", "KID"])
        #expect(exact.last?.name == "Inception score")
        #expect(exact.map(\.value) == other.map(\.value))
    }

    /// The figures are those of the metrics alone.
    @Test func figuresAreThoseOfTheMetrics() throws {
        let (made, real) = (try set(50, 6, seed: 4), try set(90, 6, seed: 5))
        let found = try FeatureComparison.metrics(made: made, real: real, features: "x")
        func value(_ key: String) -> Double? { found.first { $0.key == key }?.value }
        #expect(value("fid") == (try FrechetDistance.between(made.rows, real.rows).value))
        let kernel = try KernelDistance.between(
            made.rows, real.rows, configuration: .init(subsetCount: 100, subsetSize: 25))
        #expect(value("kid") == kernel.value)
        // Subsets of half a set differ, so there is an error.
        #expect((found.first { $0.key == "kid" }?.standardError ?? 0) > 0)
        // As many rows on either side.
        let manifold = try ManifoldMetrics.measure(
            made: made.rows, real: real.rows.rows(0..<50))
        #expect(value("precision") == manifold.precision && value("recall") == manifold.recall)
        #expect(value("density") == manifold.density && value("coverage") == manifold.coverage)
        #expect(value("score") == nil)
    }

    @Test func collapsedClassesShow() throws {
        let values = (0..<90).map { (i: Int) -> Float in i % 3 == i / 3 % 2 ? 9 : 0 }
        let logits = try FeatureMatrix(values, featureCount: 3)
        let found = FeatureComparison.classMetrics(logits: logits, features: "classifier x")
        #expect(found[0].value == 2 && found[0].remark == "of 3")
        #expect(abs(found[1].value - 0.405_465) < 1e-5)
    }

    @Test func collectorIsTheWhole() throws {
        let all = try noise(70, 5, seed: 8)
        let logits = try noise(70, 3, seed: 9)
        var collector = try FeatureCollector(featureCount: 5, rowLimit: 40, logitCount: 3)
        for range in [0..<16, 16..<17, 17..<70] {
            try collector.add(
                ExtractedFeatures(
                    count: range.count, featureCount: 5, features: all.rows(range).values,
                    logits: logits.rows(range).values))
        }
        let set = try collector.set()
        #expect(set.statistics == (try FeatureStatistics(of: all)))
        #expect(set.rows == all.rows(0..<40) && set.logits == logits && set.count == 70)
        #expect(throws: FeatureError.self) {
            try collector.add(
                ExtractedFeatures(count: 1, featureCount: 5, features: [0, 0, .nan, 0, 0]))
        }
    }

    @Test func textSaysWhatWasCompared() {
        var report = MetricsReport(
            made: .init(path: "run", count: 20, shape: "28x28x1", digest: "ab", step: 300),
            real: .init(path: "data", count: 90, shape: "28x28x1"),
            features: .init(
                name: "classifier mnist", file: "mnist.safetensors", digest: "0123456789abcdef"),
            metrics: [
                .init(
                    key: "fid", name: "FID (classifier mnist)", value: 12.345_678, better: .lower),
                .init(
                    key: "kid", name: "KID (classifier mnist)", value: 0.5, standardError: 0.0123,
                    better: .lower, remark: "100 subsets of 10"),
            ], notes: ["a note"])
        #expect(
            report.text == """
                made      run (step 300): 20 pictures of 28x28x1
                real      data: 90 pictures of 28x28x1
                features  classifier mnist: mnist.safetensors 0123456789ab

                  FID (classifier mnist)  12.346       lower is better
                  KID (classifier mnist)  0.5 ± 0.012  lower is better; 100 subsets of 10

                a note
                """)
        #expect(report.metric("kid")?.value == 0.5 && report.metric("x") == nil)
        report.features = nil
        #expect(!report.text.contains("features"))
    }
}
