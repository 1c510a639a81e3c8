import Datasets
import Files
import Glibc
import Imaging
import Networks
import Runs
import TensorCore
import Training

/// Pictures from a cold start, as a user gets them: new processes of `atelier generate` that open
/// a checkpoint, draw pictures and write them into one PNG. What counts is each process from its start to
/// its end.
struct SampleBench {
    private let pictures: Int
    private let folder: String
    private let checkpoint: String

    /// What a process took.
    struct Run {
        var seconds: Double
        /// The most memory it had, in bytes.
        var peakByteCount: Int
    }

    /// Writes a checkpoint with fresh weights into a folder of its own.
    init(pictures: Int, size: Int, width: Int) throws {
        self.pictures = pictures
        let place = Environment.value("TMPDIR") ?? "/tmp"
        var template = Array("\(place)/atelier-bench-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw FileError(path: place, operation: "make a folder in", errno: errno)
        }
        folder = String(cString: made)
        let configuration = Self.configuration(size: size, width: width)
        if let problem = configuration.problem { throw Failure(problem) }
        let generator = configuration.networks.makeGenerator(key: RandomKey(seed: 0))
        let tensors = CheckpointBridge.storedTensors(of: generator).map { tensor in
            StoredTensor(
                name: "average." + tensor.name, dtype: tensor.dtype, shape: tensor.shape,
                bytes: tensor.bytes)
        }
        let metadata = CheckpointMetadata(
            step: 1, images: 0, configuration: configuration,
            state: RunState(counters: AdversarialCounters(), seconds: 0))
        checkpoint = try CheckpointStore(folder: folder).save(tensors, metadata).path
    }

    private static func configuration(size: Int, width: Int) -> RunConfiguration {
        RunConfiguration(
            data: .init(
                path: "/", pictures: PictureDatasetConfiguration(height: size, width: size),
                augmentation: AugmentationPipeline([]), classNames: [], count: nil),
            networks: .dcgan(
                DCGANConfiguration(
                    picture: PictureShape(height: size, width: size, channels: 3), width: width,
                    maximumWidth: RunConfiguration.mostChannels)),
            training: AdversarialConfiguration(),
            cadence: .init(
                steps: 1, minutes: nil, checkpointEvery: nil, sampleEvery: nil, logEvery: 1,
                checkpointsKept: 1, sampleCount: 1))
    }

    /// Removes what was written.
    func remove() {
        for name in (try? Folder.names(in: folder)) ?? [] { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    /// One new process.
    func run(threads: Int?) throws -> Run {
        var arguments = [
            "atelier", "generate", checkpoint, "--seeds", pictures == 1 ? "0" : "0-\(pictures - 1)",
            "-o", folder + "/grid.png",
        ]
        if let threads { arguments += ["--threads", "\(threads)"] }
        let clock = ContinuousClock()
        let start = clock.now
        let usage = try Self.wait(for: arguments)
        let seconds = (clock.now - start).inSeconds
        return Run(seconds: seconds, peakByteCount: usage.ru_maxrss * 1024)
    }

    /// Runs this program with other arguments, its standard output thrown away.
    private static func wait(for arguments: [String]) throws -> rusage {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let code = posix_spawn(&child, "/proc/self/exe", &actions, nil, &words, environ)
        guard code == 0 else {
            throw Failure(
                "cannot start a process of this program: \(String(cString: strerror(code)))")
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0 {
            guard errno == EINTR else {
                throw Failure("lost the process: \(String(cString: strerror(errno)))")
            }
        }
        guard status == 0 else {
            throw Failure("'\(arguments.joined(separator: " "))' failed (status \(status))")
        }
        return usage
    }
}
