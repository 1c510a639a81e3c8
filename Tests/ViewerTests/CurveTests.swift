import Testing
import Viewer

@Suite struct CurveTests {
    @Test func stepsOfAnySizeHaveAPlace() {
        var curve = Curve()
        for step in [Int.min, 0, Int.max] { curve.append(step: step, value: 1) }
        #expect(curve.buckets.map(\.step) == [-0x1p63, 0, 0x1p63])
    }

    @Test func keepsEveryPointWhileThereIsRoom() {
        var curve = Curve(bucketLimit: 8)
        for step in 0..<8 { curve.append(step: step, value: Double(step)) }
        #expect(curve.buckets.map(\.mean) == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(curve.capacity == 1)
    }

    @Test(arguments: [9, 100, 1000, 4097])
    func staysBoundedAndLosesNoValue(count: Int) {
        var curve = Curve(bucketLimit: 16)
        for step in 0..<count { curve.append(step: step, value: Double(step % 7)) }
        #expect(curve.buckets.count <= 16)
        #expect(curve.buckets.reduce(0) { $0 + $1.count } == count)
        let sum = curve.buckets.reduce(0) { $0 + $1.sum }
        #expect(sum == (0..<count).reduce(0) { $0 + Double($1 % 7) })
        #expect(curve.buckets.map(\.low).min() == 0)
        #expect(curve.buckets.map(\.high).max() == 6)
        #expect(curve.buckets.first?.firstStep == 0)
        #expect(curve.buckets.last?.lastStep == count - 1)
    }

    @Test func leavesOutWhatIsNotFinite() {
        var curve = Curve()
        for value in [1, .nan, .infinity, 2] { curve.append(step: 1, value: value) }
        #expect(curve.buckets.count == 2)
        #expect(curve.newest == 2)
    }

    @Test func cutsBackToAStep() {
        var curve = Curve()
        for step in 0..<10 { curve.append(step: step, value: 1) }
        curve.truncate(from: 4)
        #expect(curve.buckets.last?.lastStep == 3)
    }

    @Test func resamplingCoversTheWholeCurve() {
        var curve = Curve()
        for step in 0..<1000 { curve.append(step: step, value: step == 500 ? 9 : 1) }
        let few = curve.resampled(to: 30)
        #expect(few.count == 30)
        #expect(few.reduce(0) { $0 + $1.count } == 1000)
        #expect(few.map(\.high).max() == 9)
        #expect(few.first?.firstStep == 0 && few.last?.lastStep == 999)
    }

    @Test func findsTheNearestStep() {
        var curve = Curve()
        for step in [0, 10, 20, 40] { curve.append(step: step, value: Double(step)) }
        for (step, found) in [(-5.0, 0.0), (4, 0), (6, 10), (29, 20), (31, 40), (99, 40)] {
            #expect(Curve.nearest(to: step, in: curve.buckets)?.mean == found, "step \(step)")
        }
        #expect(Curve.nearest(to: 0, in: []) == nil)
    }
}

@Suite struct AxisTests {
    @Test(arguments: [(0.0, 1.0), (-0.3, 17), (0.0012, 0.0018), (5, 5), (-1e6, 3e7), (0.2, 0.9)])
    func marksAreRoundAndCoverTheRange(low: Double, high: Double) {
        let scale = AxisScale(covering: low...high, count: 5, expand: true)
        let tolerance = (scale.range.upperBound - scale.range.lowerBound) * 1e-5
        #expect(scale.range.lowerBound <= low + tolerance)
        #expect(scale.range.upperBound >= high - tolerance)
        #expect((2...12).contains(scale.ticks.count))
        #expect(scale.ticks == scale.ticks.sorted())
        let texts = scale.ticks.map { NumberText.fixed($0, decimals: scale.decimals) }
        #expect(Set(texts).count == texts.count, "two marks read alike: \(texts)")
    }

    @Test func endsAtTheMarksThatFit() {
        let scale = AxisScale(covering: 0...1, count: 5, expand: true)
        #expect(scale.range == 0...1)
        #expect(
            scale.ticks.map { NumberText.fixed($0, decimals: 1) }
                == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    }

    @Test(arguments: [
        5...Double.infinity, -Double.infinity...(-5), -1e308...1e308, 1e308...1e308,
        -Double.greatestFiniteMagnitude...0,
    ])
    func hugeRangesDoNotBreakIt(_ range: ClosedRange<Double>) {
        for expand in [false, true] {
            let scale = AxisScale(covering: range, count: 4, expand: expand)
            #expect((scale.range.upperBound - scale.range.lowerBound).isFinite)
            #expect(scale.range.lowerBound < scale.range.upperBound)
            #expect(scale.ticks.count >= 2 && scale.ticks.allSatisfy { $0.isFinite })
        }
    }

    @Test func infinitiesDoNotBreakIt() {
        let scale = AxisScale(covering: -Double.infinity...Double.infinity, count: 4, expand: true)
        #expect(scale.range == 0...1)
    }
}

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.5, 2, "\u{2212}2.50"),
        (9.999, 2, "10.00"), (12.0, 0, "12"), (0.05, 2, "0.05"),
    ])
    func fixed(value: Double, decimals: Int, text: String) {
        #expect(NumberText.fixed(value, decimals: decimals) == text)
    }

    @Test func notFinite() {
        #expect(NumberText.fixed(.nan, decimals: 2) == "nan")
        #expect(NumberText.fixed(-.infinity, decimals: 2) == "\u{2212}inf")
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678"),
        (-4200, "\u{2212}4,200"),
    ])
    func grouped(value: Int, text: String) { #expect(NumberText.grouped(value) == text) }

    @Test(arguments: [
        (950.0, "950"), (12_400, "12.4k"), (999_960, "1.00M"), (3.2e6, "3.20M"),
        (793_600, "794k"), (4.5e9, "4.50G"),
    ])
    func compact(value: Double, text: String) { #expect(NumberText.compact(value) == text) }

    @Test(arguments: [
        (0.0, "0s"), (59.4, "59s"), (192, "3m 12s"), (7500, "2h 05m"),
        (273_600, "3d 04h"), (-3, "0s"), (.infinity, "\u{2013}"),
    ])
    func duration(seconds: Double, text: String) { #expect(NumberText.duration(seconds) == text) }

    @Test func axisSteps() {
        #expect(NumberText.axisStep(500, spacing: 500) == "500")
        #expect(NumberText.axisStep(2500, spacing: 500) == "2.5k")
        #expect(NumberText.axisStep(10_000, spacing: 5000) == "10k")
        #expect(NumberText.axisStep(0, spacing: 5000) == "0")
    }
}
