using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>The language of the programs: how they are asked for, found in a response, and run.</summary>
public abstract record CodeLanguage
{
    /// <summary>How a problem is put.</summary>
    [Section]
    public PromptOptions Prompt { get; init; } = new();

    /// <summary>What a fenced block of the language is marked with, the usual word first.</summary>
    internal abstract IReadOnlyList<string> Fences { get; }

    /// <summary>The command that runs a program on its standard input.</summary>
    /// <param name="program">The program.</param>
    /// <param name="limits">The recipe's bounds.</param>
    internal abstract SandboxCommand Run(string program, SandboxLimits limits);

    /// <summary>A program that does nothing.</summary>
    internal abstract string Nothing { get; }

    /// <summary>The bounds within which the system holds such a program to a recipe's.</summary>
    /// <param name="limits">The recipe's bounds.</param>
    internal virtual SandboxLimits Limits(SandboxLimits limits) => limits;

    /// <summary>The default prompt of a language.</summary>
    /// <param name="name">The language, for people.</param>
    /// <param name="fence">The mark of its blocks.</param>
    protected static PromptOptions Asking(string name, string fence) => new()
    {
        Template = $"{PromptOptions.Question}\n\nWrite it in {name}. End with the whole program in one block that begins with ```{fence}.",
        Chat = true,
    };
}
