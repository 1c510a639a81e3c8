// Swift's own `precondition` drops its message in release builds (-O): the program would stop without
// a word, and every build that users run is one of those. These shadow it in this package: the same
// calls, and the message always reaches standard error.

/// Stops the program with `message` unless `condition` holds, in debug and release builds alike.
@inline(__always)
package func precondition(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { stop(message(), file, line) }
}

/// Stops the program with `message`, in debug and release builds alike.
package func preconditionFailure(
    _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
    stop(message(), file, line)
}

@inline(never)
private func stop(_ message: String, _ file: StaticString, _ line: UInt) -> Never {
    Swift.fatalError(message, file: file, line: line)
}
