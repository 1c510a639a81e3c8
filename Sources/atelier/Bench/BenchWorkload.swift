import ArgumentParser
import Workloads

/// What `atelier bench` times: the steps of a workload, whole processes, or the loader.
enum BenchWorkload: String, ExpressibleByArgument, CaseIterable {
    case dcgan, wgangp, r1, pix2pix, cyclegan, faststyle, gatys, resnet18, ring, sample, loading

    /// The workload whose steps are timed; nil for others.
    var kind: WorkloadKind? { WorkloadKind(rawValue: rawValue) }

    /// The sizes unless others are asked for.
    var defaults: WorkloadSizes {
        kind?.defaults
            ?? WorkloadSizes(batch: 64, size: 64, width: self == .loading ? 16 : 64)
    }

    /// Why it cannot have such sizes, in words; nil if it can.
    func problem(with sizes: WorkloadSizes) -> String? {
        if let kind { return kind.problem(with: sizes) }
        if self == .loading {
            for (name, value) in [
                ("--batch", sizes.batch), ("--size", sizes.size), ("--width", sizes.width),
            ] where !(1...4096).contains(value) {
                return "\(name) \(value): expected 1 to 4096"
            }
            return nil
        }
        // Pictures are drawn by the generator of a DCGAN, as `atelier generate` does.
        if let problem = WorkloadKind.dcgan.problem(with: sizes) {
            return problem.replacing("dcgan takes", with: "\(rawValue) takes")
        }
        let most = RunConfiguration.mostChannels
        if sizes.width * sizes.size / 8 > most {
            return "--width \(sizes.width): at --size \(sizes.size) sample takes at most "
                + "\(8 * most / sizes.size), since a run's layers have at most \(most) channels"
        }
        return nil
    }

    private var summary: String {
        if let kind { return kind.summary }
        return self == .loading
            ? "pictures read, decoded and augmented, alone and beside a DCGAN's training"
            : "a whole 'atelier generate' from a cold start, PNG written"
    }

    /// All workloads with their sizes, two lines each.
    static var list: String {
        allCases.map { workload in
            let sizes = workload.defaults
            let name = workload.rawValue
            let gap = String(repeating: " ", count: 11 - name.count)
            let size = workload == .ring ? "" : "\(sizes.size)x\(sizes.size), "
            return "  \(name)\(gap)\(workload.summary)\n             "
                + "(\(size)width \(sizes.width), batch \(sizes.batch))"
        }.joined(separator: "\n")
    }
}
