namespace Stepwise;

/// <summary>
/// A mistake in what the user gave: a recipe key, a file, an option. The message names the file, line or key, what was found, what is
/// allowed and what to do; the program prints it without a stack trace and exits with code 2.
/// </summary>
/// <remarks>As most messages hold text from outside, each is escaped and cut, see <see cref="Escaped.Line"/>.</remarks>
public sealed class InputException : Exception
{
    /// <summary>The most characters of a message.</summary>
    internal const int LongestMessage = 1500;

    /// <summary>Creates the error.</summary>
    /// <param name="message">Where, what was found, what is allowed, what to do.</param>
    public InputException(string message)
        : base(Escaped.Line(message, LongestMessage))
    {
    }

    /// <summary>Creates the error from the exception that revealed it.</summary>
    /// <param name="message">Where, what was found, what is allowed, what to do; the name of a parameter, which .NET adds for programmers, is left out.</param>
    /// <param name="innerException">The exception that revealed the mistake.</param>
    public InputException(string message, Exception innerException)
        : base(Escaped.Line(ForPeople(message, innerException), LongestMessage), innerException)
    {
    }

    private static string ForPeople(string message, Exception revealed) => revealed is ArgumentException { ParamName: { } name }
        ? message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : message;
}

/// <summary>A failure of the run itself (a full disk, a diverged policy): the program prints the message and exits with code 1.</summary>
/// <remarks>Messages are escaped and cut as those of <see cref="InputException"/>.</remarks>
public class RunException : Exception
{
    /// <summary>Creates the failure.</summary>
    /// <param name="message">What failed, where, and what to do.</param>
    public RunException(string message)
        : base(Escaped.Line(message, InputException.LongestMessage))
    {
    }

    /// <summary>Creates the failure from its cause.</summary>
    /// <param name="message">What failed, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public RunException(string message, Exception innerException)
        : base(Escaped.Line(message, InputException.LongestMessage), innerException)
    {
    }
}
