import FoundationEssentials

/// The class of every picture of a source.
struct LabelAssignment: Sendable {
    /// Names in the order of the labels.
    var classNames: [String] = []
    /// One for each picture; nil where it has none.
    var labels: [Int32?]
    /// What a person should know about how they were found.
    var notes: [String] = []

    /// No labels for a number of pictures.
    static func none(count: Int) -> LabelAssignment {
        LabelAssignment(labels: Array(repeating: nil, count: count))
    }

    /// Labels from the first-level sub-folders of names such as `roses/17.jpg`; nil where fewer
    /// than two sub-folders have pictures.
    static func subfolders(of names: [String]) -> LabelAssignment {
        let folders = names.map { name in
            name.firstIndex(of: "/").map { String(name[..<$0]) }
        }
        let classNames = Set(folders.compactMap { $0 }).sorted(by: NaturalOrder.precedes)
        let numbers = Dictionary(
            uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
        return LabelAssignment(
            classNames: classNames, labels: folders.map { $0.flatMap { numbers[$0] } })
    }

    /// Labels as the mode asks for them.
    ///
    /// - Parameters:
    ///   - names: The pictures, as paths inside the source.
    ///   - mode: Where labels come from.
    ///   - labelFile: The label file found at the top of the source: its name and bytes.
    static func make(
        names: [String], mode: LabelMode, source: String, limits: SourceLimits,
        labelFile: (name: String, bytes: [UInt8])?
    ) throws(DatasetError) -> LabelAssignment {
        switch mode {
        case .none:
            return .none(count: names.count)
        case .subfolders:
            let found = subfolders(of: names)
            guard !found.classNames.isEmpty else {
                throw DatasetError(
                    .labels, path: source,
                    "labels were asked for from sub-folders, but no picture lies in one",
                    advice: "put every class into a sub-folder of its own, or ask for no labels")
            }
            return found.noting(missing: "lie in no sub-folder")
        case .file(let path):
            let bytes = try InputFile.contents(of: path, limit: limits.labelFileBytes)
            return try LabelTable(bytes: bytes, path: path).assignment(to: names)
        case .automatic:
            if let labelFile {
                let table = try LabelTable(bytes: labelFile.bytes, path: labelFile.name)
                var found = try table.assignment(to: names)
                found.notes.insert(
                    "labels are read from \(labelFile.name): "
                        + "\(found.classNames.count) classes", at: 0)
                return found
            }
            var found = subfolders(of: names)
            guard found.classNames.count >= 2, found.labels.allSatisfy({ $0 != nil }) else {
                return .none(count: names.count)
            }
            found.notes.append(
                "every picture lies in a sub-folder: the \(found.classNames.count) first-level "
                    + "sub-folders are taken as classes")
            return found
        }
    }

    /// The same with a note on how many pictures have no label.
    func noting(missing reason: String) -> LabelAssignment {
        let missing = labels.count { $0 == nil }
        guard missing > 0 else { return self }
        var result = self
        result.notes.append("\(missing) of \(labels.count) pictures \(reason) and have no label")
        return result
    }
}

/// A file of paths and labels.
///
/// - JSON: `{"path": label, ...}`, `[["path", label], ...]`, or either under a key `labels`.
/// - CSV and TSV: two columns, path and label; a heading line `path,label` is allowed.
///
/// Labels that are all whole numbers are the classes themselves; other labels are class names,
/// numbered in natural order.
struct LabelTable: Sendable {
    /// Names under which a label file is found at the top of a source, best first.
    static let fileNames = ["labels.json", "dataset.json", "labels.csv", "labels.tsv"]
    /// Numbered classes go up to here; a larger number is a name.
    private static let largestNumberedClass = 99_999

    private let path: String
    private var rows: [(picture: String, label: String)]

    /// Reads a label file; the kind is told by the extension of its path.
    init(bytes: [UInt8], path: String) throws(DatasetError) {
        self.path = path
        let lowercased = path.lowercased()
        if lowercased.hasSuffix(".json") {
            rows = try Self.rowsOfJSON(bytes, path: path)
        } else {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw DatasetError(.labels, path: path, "expected UTF-8 text")
            }
            let separator: Character = lowercased.hasSuffix(".csv") ? "," : "\t"
            rows = try Self.rowsOfTable(text, separator: separator, path: path)
        }
        guard !rows.isEmpty else {
            throw DatasetError(
                .labels, path: path, "expected a path and a label for each picture, found none",
                advice: "write lines such as roses/1.jpg,rose")
        }
    }

    /// The labels of named pictures. Paths match exactly, with or without a leading `./`.
    func assignment(to names: [String]) throws(DatasetError) -> LabelAssignment {
        var labelOfPicture: [String: String] = [:]
        for row in rows {
            let picture =
                row.picture.hasPrefix("./") ? String(row.picture.dropFirst(2)) : row.picture
            if let other = labelOfPicture.updateValue(row.label, forKey: picture),
                other != row.label
            {
                throw DatasetError(
                    .labels, path: path, "\(picture) has two labels: \(other) and \(row.label)")
            }
        }
        let values = Set(labelOfPicture.values)
        let numbers = values.compactMap { Int($0) }
            .filter { (0...Self.largestNumberedClass).contains($0) }
        let classNames: [String]
        if numbers.count == values.count, let largest = numbers.max() {
            classNames = (0...largest).map(String.init)
        } else {
            classNames = values.sorted(by: NaturalOrder.precedes)
        }
        let numberOfClass = Dictionary(
            uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
        let labels = names.map { name -> Int32? in
            guard let label = labelOfPicture[name] else { return nil }
            // "007" is class 7 where classes are numbers.
            return numberOfClass[label] ?? Int(label).flatMap { numberOfClass[String($0)] }
        }
        guard labels.contains(where: { $0 != nil }) else {
            let example = rows.first?.picture ?? ""
            throw DatasetError(
                .labels, path: path,
                "none of its \(rows.count) paths is a picture of this source (first: \(example))",
                advice:
                    "write paths relative to the top of the source, such as \(names.first ?? "a.png")"
            )
        }
        return LabelAssignment(classNames: classNames, labels: labels)
            .noting(missing: "are not in \(path)")
    }

    // MARK: JSON

    private enum JSONValue: Decodable {
        case text(String)
        case list([JSONValue])
        case object([String: JSONValue])
        case null

        init(from decoder: any Decoder) throws {
            if let object = try? decoder.singleValueContainer().decode([String: JSONValue].self) {
                self = .object(object)
            } else if let list = try? decoder.singleValueContainer().decode([JSONValue].self) {
                self = .list(list)
            } else if let number = try? decoder.singleValueContainer().decode(Int.self) {
                self = .text(String(number))
            } else if let text = try? decoder.singleValueContainer().decode(String.self) {
                self = .text(text)
            } else if try decoder.singleValueContainer().decodeNil() {
                self = .null
            } else {
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: decoder.codingPath,
                        debugDescription: "a label is a whole number or a name"))
            }
        }
    }

    private static func rowsOfJSON(
        _ bytes: [UInt8], path: String
    ) throws(DatasetError) -> [(picture: String, label: String)] {
        let form = #"expected {"path": label, ...} or {"labels": [["path", label], ...]}"#
        var value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw DatasetError(.labels, path: path, "\(form), found no such JSON: \(error)")
        }
        if case .object(let object) = value, let labels = object["labels"] {
            switch labels {
            case .list, .object: value = labels
            case .null:
                throw DatasetError(
                    .labels, path: path, "it says that there are no labels (null)",
                    advice: "open the source without labels")
            case .text: break
            }
        }
        var rows: [(picture: String, label: String)] = []
        switch value {
        case .object(let object):
            for (picture, label) in object {
                guard case .text(let text) = label else {
                    throw DatasetError(.labels, path: path, "\(form); \(picture) has another value")
                }
                rows.append((picture, text))
            }
        case .list(let list):
            for (index, row) in list.enumerated() {
                guard case .list(let pair) = row, pair.count == 2,
                    case .text(let picture) = pair[0], case .text(let label) = pair[1]
                else { throw DatasetError(.labels, path: path, "\(form); row \(index) is another") }
                rows.append((picture, label))
            }
        case .text, .null:
            throw DatasetError(.labels, path: path, form)
        }
        // A dictionary has no order of its own; error texts should not change from run to run.
        return rows.sorted { $0.picture < $1.picture }
    }

    // MARK: CSV and TSV

    private static func rowsOfTable(
        _ text: String, separator: Character, path: String
    ) throws(DatasetError) -> [(picture: String, label: String)] {
        let headings: Set<String> = [
            "path", "file", "filename", "file_name", "name", "image", "picture",
        ]
        var rows: [(picture: String, label: String)] = []
        for (index, record) in records(of: text, separator: separator).enumerated() {
            if record.count == 1 && record[0].isEmpty { continue }
            guard record.count >= 2, !record[0].isEmpty, !record[1].isEmpty else {
                throw DatasetError(
                    .labels, path: path,
                    "line \(index + 1): expected a path and a label, found \(record)")
            }
            if index == 0 && headings.contains(record[0].lowercased()) { continue }
            rows.append((record[0], record[1]))
        }
        return rows
    }

    /// The records of a table, quoted fields as in RFC 4180.
    private static func records(of text: String, separator: Character) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field = ""
        var quoted = false
        var characters = text.makeIterator()
        var pushedBack: Character?
        func next() -> Character? {
            defer { pushedBack = nil }
            return pushedBack ?? characters.next()
        }
        while let character = next() {
            if quoted {
                if character != "\"" {
                    field.append(character)
                } else if let following = next() {
                    if following == "\"" {
                        field.append("\"")
                    } else {
                        quoted = false
                        pushedBack = following
                    }
                }
            } else if character == "\"" && field.isEmpty {
                quoted = true
            } else if character == separator {
                record.append(field)
                field = ""
            } else if character.isNewline {
                records.append(record + [field])
                record = []
                field = ""
            } else {
                field.append(character)
            }
        }
        if !field.isEmpty || !record.isEmpty { records.append(record + [field]) }
        return records
    }
}
