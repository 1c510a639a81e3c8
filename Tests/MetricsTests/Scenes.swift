import TensorCore

/// Pictures of 32x32 in RGB.
struct Scenes {
    static let side = 32
    var pictures: [[UInt8]]
    var bytes: [UInt8] { pictures.flatMap { $0 } }

    /// Every picture, pixel by pixel: `change(picture, y, x, channel)`.
    private func changed(_ change: ([UInt8], Int, Int, Int) -> Int) -> Scenes {
        Scenes(
            pictures: pictures.map { picture in
                (0..<picture.count).map { i in
                    let value = change(picture, i / (3 * Self.side), i / 3 % Self.side, i % 3)
                    return UInt8(max(0, min(255, value)))
                }
            })
    }

    private static func value(_ picture: [UInt8], _ y: Int, _ x: Int, _ c: Int) -> Int {
        let (y, x) = (max(0, min(side - 1, y)), max(0, min(side - 1, x)))
        return Int(picture[(y * side + x) * 3 + c])
    }

    /// Each pixel the mean of its neighbours, so often.
    func blurred(_ times: Int) -> Scenes {
        (0..<times).reduce(self) { scenes, _ in
            scenes.changed { picture, y, x, c in
                var sum = 0
                for dy in -1...1 {
                    for dx in -1...1 { sum += Self.value(picture, y + dy, x + dx, c) }
                }
                return (sum + 4) / 9
            }
        }
    }

    /// With even noise of up to an amount in both directions.
    func noisy(_ amount: Int) -> Scenes {
        let key = RandomKey(seed: 77)
        var next: UInt64 = 0
        return changed { picture, y, x, c in
            next += 1
            return Self.value(picture, y, x, c) + key.integer(next, below: 2 * amount + 1) - amount
        }
    }

    /// Red taken from so many pixels further left.
    func withDisplacedRed(_ distance: Int) -> Scenes {
        changed { picture, y, x, c in Self.value(picture, y, c == 0 ? x - distance : x, c) }
    }

    /// Each channel drawn toward their mean, entirely at 256.
    func withLessColour(_ amount: Int) -> Scenes {
        changed { picture, y, x, c in
            let grey = (0..<3).reduce(0) { $0 + Self.value(picture, y, x, $1) } / 3
            return (Self.value(picture, y, x, c) * (256 - amount) + grey * amount) / 256
        }
    }

    /// As many pictures, but only the first ones, in turn.
    func repeating(first count: Int) -> Scenes {
        Scenes(pictures: pictures.indices.map { pictures[$0 % count] })
    }
}

/// Discs of many colours before each other.
func scenes(_ count: Int, seed: UInt64) -> Scenes {
    let side = Scenes.side
    return Scenes(
        pictures: (0..<count).map { number in
            let key = RandomKey(seed: seed).folded(UInt64(number))
            var picture = [UInt8](repeating: 0, count: side * side * 3)
            for disc in 0..<12 as Range<UInt64> {
                func draw(_ i: UInt64, _ bound: Int) -> Int {
                    key.integer(disc * 8 + i, below: bound)
                }
                let (cy, cx, radius) = (
                    draw(0, side), draw(1, side), disc == 0 ? 99 : 3 + draw(2, 9)
                )
                let colour = (0..<3).map { UInt8(draw(3 + UInt64($0), 256)) }
                for y in 0..<side {
                    for x in 0..<side
                    where (y - cy) * (y - cy) + (x - cx) * (x - cx) < radius * radius {
                        for c in 0..<3 { picture[(y * side + x) * 3 + c] = colour[c] }
                    }
                }
            }
            return picture
        })
}
