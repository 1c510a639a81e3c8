import Imaging
import Metrics
import Networks
import Runs

/// The made pictures that resemble real ones most, beside these: copies of training pictures show
/// here.
struct NeighbourPage {
    let made: any MeasuredPictures
    let real: any MeasuredPictures
    /// Made pictures that are drawn.
    let rowCount: Int
    /// Real pictures beside each.
    let neighbourCount: Int

    /// Rows that tell how far apart real pictures are.
    private static let yardstickRows = 1000

    /// Finds the neighbours and draws them.
    ///
    /// - Parameters:
    ///   - madeRows: Features of the first made pictures.
    ///   - realRows: Features of the first real ones.
    ///   - features: The exact name of the features.
    ///   - provenance: What the file says of itself; the command that was given unless told otherwise.
    /// - Returns: What was drawn, in a sentence.
    func draw(
        made madeRows: FeatureMatrix, real realRows: FeatureMatrix, features: String,
        to path: String, provenance: Provenance? = nil
    ) throws -> String {
        let count = min(neighbourCount, realRows.rowCount - 1)
        guard count > 0 else {
            throw Failure("--neighbours: expected two real pictures or more to choose from")
        }
        let found = try NearestNeighbours.find(count, of: madeRows, among: realRows)
        // Those that are nearest to a real picture: what was learned by heart is among them.
        let order = found.indices.sorted {
            (found[$0][0].distance, $0) < (found[$1][0].distance, $1)
        }
        let yardstick = try Self.usualDistance(realRows)
        var rows: [NeighbourSheet.Row] = []
        for place in order.prefix(rowCount) {
            let neighbours = try found[place].map { neighbour in
                NeighbourSheet.Item(
                    try real.picture(neighbour.row), label: Self.number(neighbour.distance))
            }
            rows.append(
                .init(
                    .init(try made.picture(place), label: made.name(place)),
                    neighbours: neighbours))
        }
        let usual = "real pictures are \(Self.number(yardstick)) apart"
        let sheet = NeighbourSheet(rows: rows, title: "\(features): \(usual)")
        let shape = made.shape
        try sheet.grid.checkSize(
            count: rows.count * (count + 1), width: shape.width, height: shape.height,
            advice: "choose fewer --rows or --nearest")
        let texts = (provenance ?? Self.usualProvenance).texts
        try PNGFile.write(sheet.compose(), to: path, text: texts)
        let nearest = order.first.map { found[$0][0].distance } ?? 0
        return "\(path): the \(rows.count) of \(madeRows.rowCount) made pictures nearest to one of "
            + "\(realRows.rowCount) real ones; the nearest is \(Self.number(nearest)) away, \(usual) "
            + "(median to the nearest other one)"
    }

    private static var usualProvenance: Provenance {
        var provenance = Provenance()
        provenance.command = Provenance.command(["atelier"] + CommandLine.arguments.dropFirst())
        return provenance
    }

    /// The median distance of a real picture to its nearest other one.
    private static func usualDistance(_ rows: FeatureMatrix) throws -> Double {
        // A picture's own row is the nearest one of all.
        let some = rows.rows(0..<min(rows.rowCount, yardstickRows))
        let distances = try NearestNeighbours.find(2, of: some, among: rows).map { $0[1].distance }
        return distances.sorted()[distances.count / 2]
    }

    /// A distance with three digits that count.
    private static func number(_ distance: Double) -> String {
        let digits = distance >= 100 ? 0 : distance >= 10 ? 1 : distance >= 1 ? 2 : 3
        return Readable.fixed(distance, digits)
    }
}
