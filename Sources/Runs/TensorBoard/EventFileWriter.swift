import Files
import Glibc
import Imaging
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes a TensorBoard event file. Each record reaches the system whole and at once; what a killed
/// process leaves half-written, TensorBoard passes over.
public final class EventFileWriter {
    /// The file.
    public let path: String
    private let descriptor: Int32
    private static let prefix = "events.out.tfevents."

    /// Begins a new file in the folder of a run, named so that TensorBoard reads it after those
    /// there.
    ///
    /// - Parameters:
    ///   - folder: The folder of the run.
    ///   - step: The last step that counts from before, when a run goes on: TensorBoard then drops
    ///     what older files say of later steps.
    public init(folder: String, resumingAfter step: Int? = nil) throws(RunError) {
        // TensorBoard reads files in the order of their names, which begin with the second they
        // were made in.
        let newest =
            FilePaths.contents(of: folder).compactMap { name -> Int? in
                guard name.hasPrefix(Self.prefix) else { return nil }
                let digits = name.dropFirst(Self.prefix.count).prefix { $0.isNumber }
                // A time of more digits is not one, and has no next.
                return digits.utf8.count <= 15 ? Int(digits) : nil
            }.max() ?? 0
        let now = WallClock.now
        let stamp = String(max(Int(now), newest + 1))
        let padding = String(repeating: "0", count: max(0, 10 - stamp.count))
        path = FilePaths.join(
            folder, "\(Self.prefix)\(padding)\(stamp).\(Self.hostName).\(getpid())")
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .file(FileError(path: path, operation: "write", errno: errno))
        }
        for record in Self.opening(time: now, resumingAfter: step) { try append(record) }
    }

    deinit { close(descriptor) }

    /// Appends the numbers of a step. Those that are not finite stay so: TensorBoard marks them.
    public func append(_ record: MetricsRecord) throws(RunError) {
        try append(Self.scalars(record.values, step: record.step, time: record.time))
    }

    /// Appends a picture as an encoded PNG file, under a tag such as `samples`.
    ///
    /// - Parameters:
    ///   - png: The encoded file.
    ///   - tag: What TensorBoard shows it under.
    ///   - width: Pixels in a row.
    ///   - height: Rows.
    ///   - channelCount: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    ///   - step: When it was made.
    public func append(
        png: [UInt8], tag: String, width: Int, height: Int, channelCount: Int, step: Int
    ) throws(RunError) {
        try append(
            Self.image(
                png, tag: tag, width: width, height: height, channelCount: channelCount, step: step,
                time: WallClock.now))
    }

    /// Makes what was appended durable.
    public func synchronize() throws(RunError) {
        guard fsync(descriptor) == 0 else {
            throw .file(FileError(path: path, operation: "flush", errno: errno))
        }
    }

    private func append(_ event: [UInt8]) throws(RunError) {
        try wrapping { () throws(FileError) in
            try FilePaths.writeAll(descriptor, TFRecord.frame(event), path: path)
        }
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: name, as: UTF8.self)
    }
}

extension EventFileWriter {
    /// The records that a file begins with: the version, and after a resume the word to forget
    /// later steps.
    package static func opening(time: Double, resumingAfter step: Int?) -> [[UInt8]] {
        var version = TensorBoardEvent()
        version.wallTime = time
        version.fileVersion = "brain.Event:2"
        guard let step else { return [serialize(version)] }
        var start = TensorBoardEvent()
        start.wallTime = time
        start.step = Int64(step) + 1
        start.sessionLog.status = .start
        return [serialize(version), serialize(start)]
    }

    /// The record of named numbers, in the order of their names.
    package static func scalars(_ values: [String: Double], step: Int, time: Double) -> [UInt8] {
        var event = TensorBoardEvent()
        event.wallTime = time
        event.step = Int64(step)
        event.summary.value = values.sorted { $0.key < $1.key }.map { name, value in
            var entry = TensorBoardSummary.Value()
            entry.tag = name
            entry.simpleValue = Float(value)
            return entry
        }
        return serialize(event)
    }

    /// The record of a picture.
    package static func image(
        _ png: [UInt8], tag: String, width: Int, height: Int, channelCount: Int, step: Int,
        time: Double
    ) -> [UInt8] {
        var picture = TensorBoardSummary.Image()
        picture.width = Int32(clamping: width)
        picture.height = Int32(clamping: height)
        picture.colorspace = Int32(clamping: channelCount)
        picture.encodedImageString = Data(png)
        var entry = TensorBoardSummary.Value()
        entry.tag = tag
        entry.image = picture
        var event = TensorBoardEvent()
        event.wallTime = time
        event.step = Int64(step)
        event.summary.value = [entry]
        return serialize(event)
    }

    private static func serialize(_ event: TensorBoardEvent) -> [UInt8] {
        do {
            return try event.serializedBytes()
        } catch {
            // Only proto2's required fields and messages over 2 GB can fail, and there are none.
            preconditionFailure("[EventFileWriter] an event cannot be encoded: \(error)")
        }
    }
}
