import Imaging
import Testing

struct NeighbourSheetTests {
    private func item(_ level: UInt8, _ label: String) -> NeighbourSheet.Item {
        .init(PixelBuffer(width: 8, height: 6, format: .grey, fill: [level]), label: label)
    }

    @Test func neighboursStandBesideTheirPicture() {
        let sheet = NeighbourSheet(
            rows: [
                .init(item(200, "seed 3"), neighbours: [item(40, "0.1"), item(80, "0.2")]),
                .init(item(210, "seed 9"), neighbours: [item(120, "0.3")]),
            ], title: "pixels", scale: 1)
        let grid = sheet.grid
        #expect(grid.columns == 3 && grid.columnHeadings == ["made", "nearest", "2."])
        #expect(grid.labels == ["seed 3", "0.1", "0.2", "seed 9", "0.3", ""])
        let picture = sheet.compose()
        let size = grid.size(count: 6, width: 8, height: 6)
        #expect(picture.width == size?.width && picture.height == size?.height)
        // The pictures' own levels, in reading order.
        var seen: [UInt8] = []
        for pixel in stride(from: 0, to: picture.bytes.count, by: 3) {
            let level = picture.bytes[pixel]
            if [200, 40, 80, 210, 120].contains(level), !seen.contains(level) {
                seen.append(level)
            }
        }
        #expect(seen == [200, 40, 80, 210, 120])
    }

    /// Small pictures are enlarged so far that a distance can be read beneath.
    @Test func labelsFit() {
        let sheet = NeighbourSheet(rows: [.init(item(1, "0123456789"), neighbours: [item(2, "5")])])
        #expect(sheet.scale * 8 >= BitmapFont.size(of: "0123456789").width)
        #expect((sheet.scale - 1) * 8 < BitmapFont.size(of: "0123456789").width)
    }
}
