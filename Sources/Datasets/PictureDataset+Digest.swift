import Files
import Glibc
import Imaging

extension PictureDataset {
    /// The pixels of some pictures, `[N, H, W, C]`, row-major, in the order of `indices`. The next one
    /// that decodes stands in for a broken one.
    ///
    /// - Parameter threadCount: Threads that decode.
    /// - Throws: ``DatasetError`` if not one picture decodes.
    public func pixels(
        of indices: [Int], threadCount: Int = 2
    ) throws(DatasetError) -> [UInt8] {
        let slots = Monitor([Result<[UInt8], DatasetError>?](repeating: nil, count: indices.count))
        forEachIndex(indices.count, threadCount: threadCount) { place in
            let result: Result<[UInt8], DatasetError>
            do throws(DatasetError) {
                result = .success(try usablePicture(at: indices[place]).picture.bytes)
            } catch {
                result = .failure(error)
            }
            slots.change { $0[place] = result }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(indices.count * height * width * format.channelCount)
        for slot in slots.change({ $0 }) {
            guard let slot else {
                preconditionFailure("[PictureDataset.pixels] a picture was left out")
            }
            bytes += try slot.get()
        }
        return bytes
    }

    /// SHA-256 over the names and prepared pixels of all pictures, by sorted names: the same however
    /// the source numbers them. A picture that does not decode counts with its name.
    ///
    /// Decodes every picture, so keep the answer beside ``fileStamp()``.
    ///
    /// - Parameters:
    ///   - threadCount: Threads that decode.
    ///   - report: Called now and then with how many pictures are done; answers whether to go on.
    /// - Returns: 64 hexadecimal digits; nil if `report` said stop.
    public func contentDigest(
        threadCount: Int = 2, report: (Int) -> Bool = { _ in true }
    ) -> String? {
        let order = indicesByName
        var whole = ContentDigest()
        whole.update(Array("atelier pictures 1 \(width)x\(height) \(format)\n".utf8))
        for start in stride(from: 0, to: order.count, by: 256) {
            let part = Array(order[start..<min(order.count, start + 256)])
            let slots = Monitor([String](repeating: "", count: part.count))
            forEachIndex(part.count, threadCount: threadCount) { place in
                let text: String
                do throws(DatasetError) {
                    var digest = ContentDigest()
                    digest.update(try picture(at: part[place]).bytes)
                    text = digest.finish()
                } catch {
                    text = "broken"
                }
                slots.change { $0[place] = text }
            }
            for (index, text) in zip(part, slots.change { $0 }) {
                let name = name(of: index)
                // The length keeps name and digest apart.
                whole.update(Array("\(name.utf8.count):\(name) \(text)\n".utf8))
            }
            if !report(start + part.count) { return nil }
        }
        return whole.finish()
    }

    /// The pictures' numbers in the order of the bytes of their names, which does not depend on how the
    /// source numbers them.
    public var indicesByName: [Int] {
        let names = (0..<count).map { Array(name(of: $0).utf8) }
        return (0..<count).sorted {
            names[$0] == names[$1] ? $0 < $1 : names[$0].lexicographicallyPrecedes(names[$1])
        }
    }

    /// A digest of how the pictures are prepared and of the names, sizes and times of their files: while
    /// it stays, so does ``contentDigest(threadCount:report:)``.
    ///
    /// - Returns: 64 hexadecimal digits; nil where a file cannot be looked at, or changed within the last
    ///   two seconds: another change might then carry the same time.
    public func fileStamp() -> String? {
        var digest = ContentDigest()
        let configuration = configuration
        digest.update(
            Array(
                ("atelier stamp 1 \(width)x\(height) \(format) \(configuration.crop) "
                    + "\(configuration.filter) \(configuration.background)\n").utf8))
        let (path, isFolder, now) = (source.path, source.kind == .folder, time(nil))
        for index in indicesByName {
            let name = name(of: index)
            digest.update(Array("\(name.utf8.count):\(name)\n".utf8))
            guard isFolder else { continue }
            guard let facts = Self.facts("\(path)/\(name)", now: now) else { return nil }
            digest.update(Array(facts.utf8))
        }
        guard !isFolder else { return digest.finish() }
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        var files = [path]
        if status.st_mode & S_IFMT == S_IFDIR {
            guard let names = try? Folder.names(in: path) else { return nil }
            files = names.sorted().map { "\(path)/\($0)" }
        }
        for file in files {
            guard let facts = Self.facts(file, now: now) else { return nil }
            digest.update(Array("\(file.utf8.count):\(file) \(facts)".utf8))
        }
        return digest.finish()
    }

    /// The size and times of a file; nil where it cannot be looked at or has just changed.
    private static func facts(_ file: String, now: time_t) -> String? {
        var status = stat()
        guard stat(file, &status) == 0,
            now - max(status.st_mtim.tv_sec, status.st_ctim.tv_sec) > 2
        else { return nil }
        let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
        return "\(status.st_size) \(status.st_ino) \(times.joined(separator: " "))\n"
    }
}
