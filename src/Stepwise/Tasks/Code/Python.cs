using System.Text;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>Python 3: <c>python3</c> under <c>/usr</c>.</summary>
public sealed record Python : CodeLanguage
{
    private static readonly string Caller = Resource("program.py");
    private static readonly byte[] Tester = Encoding.UTF8.GetBytes(Resource("tests.py"));

    /// <summary>The language with its default prompt.</summary>
    public Python() => Prompt = Asking("Python", Fences[0]);

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Fences => ["python", "py", "python3"];

    /// <inheritdoc/>
    internal override string Nothing => "";

    /// <summary>The command that runs a problem's tests, which it asks for and which ask for the program.</summary>
    internal static SandboxCommand Tests => new("tests.py", Tester, Interpreter("tests.py"));

    /// <summary>The command that runs a program and then calls its functions, as it is asked to.</summary>
    /// <param name="program">The program.</param>
    internal static SandboxCommand Calls(string program) => new("program.py", Encoding.UTF8.GetBytes(program), Interpreter("-c", Caller));

    /// <inheritdoc/>
    internal override SandboxCommand Run(string program, SandboxLimits limits) =>
        new("program.py", Encoding.UTF8.GetBytes(program), Interpreter("program.py")) { Needs = "python3" };

    // The order of a set of texts is then the same in every run.
    private static string[] Interpreter(params string[] arguments) => ["env", "PYTHONHASHSEED=0", "python3", "-B", .. arguments];

    private static string Resource(string name)
    {
        using StreamReader reader = new(typeof(Python).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
