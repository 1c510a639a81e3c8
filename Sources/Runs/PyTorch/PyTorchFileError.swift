public import Files

/// Why a file of PyTorch was refused.
public struct PyTorchFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Defect: Equatable, Sendable {
        /// The system would not open or map the file; its reason.
        case inaccessible(FileError)
        /// The file is neither a ZIP archive nor begins as `torch.save` began files before 2020.
        case unknownFormat
        /// The archive is torn or damaged.
        case damagedArchive(String)
        /// The pickle in it is damaged, or asks for what is not data.
        case damagedPickle(String, byte: Int)
        /// A tensor's storage is missing, too short, or of an unknown type.
        case damagedTensor(name: String, reason: String)
        /// There is not a single tensor in it.
        case noTensors
    }

    /// The file.
    public var path: String
    /// What is wrong with it.
    public var defect: Defect

    /// One line: the path, what was expected, what was found, and what to do.
    public var description: String {
        switch defect {
        case .inaccessible(let error): error.description
        case .unknownFormat:
            "\(path): not a file of torch.save: expected a ZIP archive or PyTorch's old format"
        case .damagedArchive(let reason): "\(path): damaged archive: \(reason); fetch it again"
        case .damagedPickle(let reason, let byte):
            "\(path): damaged or unsupported pickle: \(reason) (at byte \(byte) of it)"
        case .damagedTensor(let name, let reason): "\(path): tensor \(name): \(reason)"
        case .noTensors:
            "\(path): expected a state_dict, found no tensor; save model.state_dict() with torch.save"
        }
    }
}
