import Imaging
import Testing

struct PictureGridTests {
    private let red = PixelBuffer(width: 4, height: 3, format: .rgb, fill: [255, 0, 0])

    private func pixel(_ picture: PixelBuffer, _ x: Int, _ y: Int) -> [UInt8] {
        Array(picture.bytes[(y * picture.width + x) * 3..<(y * picture.width + x) * 3 + 3])
    }

    @Test func picturesLieInRowsWithGaps() {
        let blue = PixelBuffer(width: 4, height: 3, format: .rgb, fill: [0, 0, 255])
        let sheet = PictureGrid(columns: 2).compose([red, blue, blue])
        #expect(sheet.width == 2 + 4 + 2 + 4 + 2 && sheet.height == 2 + 3 + 2 + 3 + 2)
        #expect(pixel(sheet, 2, 2) == [255, 0, 0] && pixel(sheet, 5, 4) == [255, 0, 0])
        #expect(pixel(sheet, 8, 2) == [0, 0, 255] && pixel(sheet, 2, 7) == [0, 0, 255])
        let ground = [GridTheme.dark.background.red, 24, 27]
        for (x, y) in [(0, 0), (1, 2), (6, 2), (2, 5), (8, 7), (13, 11)] {
            #expect(pixel(sheet, x, y) == ground, "\(x), \(y)")
        }
    }

    @Test func theSizeIsKnownBefore() {
        var grid = PictureGrid(columns: 3, padding: 5, scale: 4, textScale: 2)
        func expectRight() {
            let sheet = grid.compose(Array(repeating: red, count: 7))
            let size = grid.size(count: 7, width: 4, height: 3)
            #expect(size?.width == sheet.width && size?.height == sheet.height)
        }
        expectRight()
        grid.labels = ["a"]
        expectRight()
        grid.title = "a title that is longer than the row of pictures is wide"
        grid.columnHeadings = ["one", "two"]
        grid.rowHeadings = ["first"]
        expectRight()
        let wide = PictureGrid(columns: 4096, padding: 256, scale: 64)
        let size = wide.size(count: 2, width: 64, height: 64)
        #expect(size?.width == 256 + 4096 * (64 * 64 + 256) && size?.height == 64 * 64 + 2 * 256)
        #expect(PictureGrid(scale: 1 << 50).size(count: 4, width: 1 << 20, height: 1) == nil)
        #expect(PictureGrid(columns: Int.max).size(count: 4, width: 9, height: 9) == nil)
    }

    @Test func withoutColumnsTheGridIsSquare() {
        let sheet = PictureGrid(padding: 0).compose(Array(repeating: red, count: 9))
        #expect(sheet.width == 12 && sheet.height == 9)
        let five = PictureGrid(padding: 0).compose(Array(repeating: red, count: 5))
        #expect(five.width == 12 && five.height == 6)
    }

    @Test func scaleAlphaAndSmallerPictures() {
        let clear = PixelBuffer(width: 2, height: 1, format: .rgba, fill: [9, 9, 9, 0])
        var grid = PictureGrid(columns: 2, padding: 1, scale: 3, theme: .light)
        grid.labels = []
        let sheet = grid.compose([red, clear])
        #expect(sheet.width == 1 + 12 + 1 + 12 + 1 && sheet.height == 11)
        #expect(pixel(sheet, 12, 9) == [255, 0, 0])
        #expect(pixel(sheet, 20, 5) == [255, 255, 255])
    }

    @Test func textMakesRoomAndDoesNotTouchPictures() {
        var grid = PictureGrid(columns: 2)
        let cell = PixelBuffer(width: 40, height: 20, format: .rgb, fill: [255, 0, 0])
        let bare = grid.compose([cell, cell, cell])
        grid.title = "step 10"
        grid.labels = ["seed 1", "a label far too long for its picture", "3"]
        grid.columnHeadings = ["A", "B"]
        grid.rowHeadings = ["first", "second"]
        let sheet = grid.compose([cell, cell, cell])
        #expect(sheet.width > bare.width && sheet.height > bare.height)
        func reds(_ picture: PixelBuffer) -> Int {
            stride(from: 0, to: picture.bytes.count, by: 3)
                .count { picture.bytes[$0..<$0 + 3].elementsEqual([255, 0, 0]) }
        }
        #expect(reds(sheet) == reds(bare) && reds(bare) == 3 * 800)
        let colours = Set(
            stride(from: 0, to: sheet.bytes.count, by: 3).map { Array(sheet.bytes[$0..<$0 + 3]) })
        #expect(colours.count == 4)
    }

    @Test func captionsStandAboveBothPictures() {
        let sheet = PictureGrid.sideBySide([("early", red), ("late", red)], gap: 10, textScale: 1)
        #expect(sheet.width == 10 + 4 + 10 + 4 + 10 && sheet.height == 5 + 9 + 5 + 3 + 10)
        #expect(pixel(sheet, 10, 19) == [255, 0, 0] && pixel(sheet, 24, 21) == [255, 0, 0])
    }
}

struct BitmapFontTests {
    @Test func everyCharacterHasItsOwnShape() {
        var shapes: Set<[UInt8]> = []
        for code in UInt8(32)...126 {
            var picture = PixelBuffer(width: 6, height: 9, format: .grey, fill: [0])
            let text = String(UnicodeScalar(code))
            BitmapFont.draw(text, into: &picture, x: 0, y: 0, colour: .white)
            #expect(shapes.insert(picture.bytes).inserted, "\(text)")
            #expect((code == 32) == picture.bytes.allSatisfy { $0 == 0 })
        }
        #expect(shapes.count == 95)
    }

    @Test func sizeShorteningAndClipping() {
        #expect(BitmapFont.size(of: "abc", scale: 2).width == 34)
        #expect(BitmapFont.size(of: "").width == 0)
        #expect(BitmapFont.shortened("abcdef", toWidth: 35) == "abcdef")
        #expect(BitmapFont.shortened("abcdef", toWidth: 34) == "abc..")
        var picture = PixelBuffer(width: 5, height: 5, format: .rgba, fill: [0, 0, 0, 0])
        BitmapFont.draw("\u{2603}W", into: &picture, x: -3, y: -2, colour: .white, scale: 2)
        #expect(picture.bytes.contains(255))
    }
}
