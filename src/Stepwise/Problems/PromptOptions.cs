using System.Globalization;
using System.Text.RegularExpressions;
using Stepwise.Options;

namespace Stepwise.Problems;

/// <summary>
/// How a question is put to a policy: a template for its text and, in a chat, the turns before it and what the chat template is told.
/// </summary>
public sealed partial record PromptOptions : IChecked
{
    /// <summary>Stands for the question in a template.</summary>
    public const string Question = "{question}";

    // What a chat template is told of the chat itself.
    private static readonly string[] Reserved = ["messages", "add_generation_prompt", "tools", "documents"];

    /// <summary>The text, with <see cref="Question"/> where the question stands; <c>{{word}}</c> stands for the text <c>{word}</c>.</summary>
    [Key("what the policy is asked, with {question} in the question's place", Name = "prompt")]
    public string Template { get; init; } = Question;

    /// <summary>Whether it is a user's message in a chat, which the policy's chat template renders; otherwise it is encoded as it stands.</summary>
    [Key("ask in a chat, by the policy's chat template, and not as plain text")]
    public bool Chat { get; init; }

    /// <summary>The chat's system message; empty for none.</summary>
    [Key("the chat's system message; empty for none")]
    public string System { get; init; } = "";

    /// <summary>
    /// Turns of the chat before the question: a question, its answer, the next question, … The template is for these questions too.
    /// </summary>
    [Key("examples before the question, as turns of the chat: question, answer, question, answer, …")]
    public TextList Examples { get; init; } = [];

    /// <summary>What the chat template is told beside the chat, as <c>name=value</c>; true, false and whole numbers are no texts.</summary>
    [Key("what the chat template is told: name=value, for example enable_thinking=false")]
    public TextList ChatVariables { get; init; } = [];

    /// <summary>The prompt of a question.</summary>
    /// <param name="question">The question; is text, whatever it holds.</param>
    public Prompt Of(string question)
    {
        if (!Chat)
        {
            return new TextPrompt(Filled(question));
        }

        List<ChatMessage> messages = [];
        if (System.Length > 0)
        {
            messages.Add(new("system", System));
        }

        for (int i = 0; i < Examples.Count; i += 2)
        {
            messages.Add(new("user", Filled(Examples[i])));
            messages.Add(new("assistant", Examples[i + 1]));
        }

        messages.Add(new("user", Filled(question)));
        return new ChatPrompt(messages) { Variables = Variables() };
    }

    /// <summary>The prompt of a question that is a chat: it is put as it stands, beside what the chat template is told.</summary>
    /// <param name="messages">The turns so far; data, as questions are.</param>
    public Prompt Of(IReadOnlyList<ChatMessage> messages) => new ChatPrompt(messages) { Variables = Variables() };

    /// <inheritdoc/>
    public void Check()
    {
        string[] names = [.. Placeholder().Matches(Template).Select(match => match.Groups["name"].Value).Where(name => name.Length > 0)];
        if (Array.Find(names, name => name is not "question") is { } unknown)
        {
            throw new OptionException(
                nameof(Template), $" has {{{unknown}}}; the only placeholder is {Question}. Write {{{{{unknown}}}}} for the text {{{unknown}}}.");
        }

        if (names.Length == 0)
        {
            throw new OptionException(nameof(Template), $" has no {Question}, so that every problem would be asked alike; write it where the question stands.");
        }

        if (!Chat && (System.Length, Examples.Count, ChatVariables.Count) is not (0, 0, 0))
        {
            string given = System.Length > 0 ? nameof(System) : Examples.Count > 0 ? nameof(Examples) : nameof(ChatVariables);
            throw new OptionException(given, " is given, and task.chat is false: plain text has no turns. Write it in task.prompt, or set task.chat to true.");
        }

        if (Examples.Count % 2 != 0)
        {
            throw new OptionException(nameof(Examples), $" has {Examples.Count} texts; allowed are pairs of a question and its answer.");
        }

        CheckVariables();
    }

    private void CheckVariables()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (string text in ChatVariables)
        {
            Match variable = Variable().Match(text);
            string name = variable.Groups["name"].Value;
            if (!variable.Success || Reserved.Contains(name, StringComparer.Ordinal) || !names.Add(name))
            {
                throw new OptionException(
                    nameof(ChatVariables),
                    $" has {Quoted.Of(text)}; allowed is name=value, each name once and none of {string.Join(", ", Reserved)}, which the chat itself sets.");
            }
        }
    }

    private Dictionary<string, object> Variables() => ChatVariables.Select(text => Variable().Match(text)).ToDictionary(
        variable => variable.Groups["name"].Value,
        variable => variable.Groups["value"].Value switch
        {
            "true" => true,
            "false" => false,
            { } text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
            { } text => (object)text,
        },
        StringComparer.Ordinal);

    private string Filled(string question) =>
        Placeholder().Replace(Template, match => match.Groups["name"].Length > 0 ? question : match.Value[1..^1]);

    /// <summary>A placeholder by its name, or one in double braces, which is text.</summary>
    [GeneratedRegex(@"\{\{[A-Za-z_]\w*\}\}|\{(?<name>[A-Za-z_]\w*)\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^(?<name>[A-Za-z_]\w*)=(?<value>.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
