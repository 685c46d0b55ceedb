using Stepwise.Problems;

namespace Stepwise.Engine.Templates;

/// <summary>
/// A model's chat template: a program in the part of Jinja that such templates use (docs/tokenizers.md), rendered as the reference library
/// (transformers) does. Templates are untrusted; work, output and nesting of a rendering are bounded. Thread-safe.
/// </summary>
internal sealed class ChatTemplate
{
    private readonly TemplateSource _source;
    private readonly IReadOnlyList<Statement> _statements;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;

    private ChatTemplate(TemplateSource source, IReadOnlyList<Statement> statements, IReadOnlyDictionary<string, string> specialTokens)
    {
        _source = source;
        _statements = statements;
        _specialTokens = specialTokens;
    }

    /// <summary>Reads a template.</summary>
    /// <param name="file">The file that holds it, for messages.</param>
    /// <param name="template">The template.</param>
    /// <param name="specialTokens">Texts that it finds by name, such as <c>bos_token</c>.</param>
    /// <exception cref="InputException">The template is not sound, or uses a construct that is not supported.</exception>
    public static ChatTemplate Parse(string file, string template, IReadOnlyDictionary<string, string> specialTokens)
    {
        TemplateSource source = new(file);
        return new ChatTemplate(source, StatementParser.Read(source, template), specialTokens);
    }

    /// <summary>The text of a chat.</summary>
    /// <param name="chat">The chat; at least one message.</param>
    /// <param name="openAssistant">Whether the assistant's turn is opened at the end.</param>
    /// <exception cref="InputException">The template refuses the chat, needs what is not supported, or goes beyond a bound.</exception>
    public string Render(ChatPrompt chat, bool openAssistant)
    {
        if (chat.Messages.Count == 0)
        {
            throw new InputException("A chat prompt needs at least one message.");
        }

        Dictionary<string, object?> variables = new(StringComparer.Ordinal)
        {
            ["messages"] = chat.Messages.Select(Message).ToArray(),
            ["add_generation_prompt"] = openAssistant,
            ["tools"] = null,
            ["documents"] = null,
        };
        foreach ((string name, object value) in chat.Variables)
        {
            variables[name] = value;
        }

        return Render(variables, chat.Today);
    }

    /// <summary>The text of the template.</summary>
    /// <param name="variables">What it finds by name beside functions and special tokens.</param>
    /// <param name="today">The date that it is told.</param>
    internal string Render(IReadOnlyDictionary<string, object?> variables, DateOnly today)
    {
        Scope scope = new(null);
        foreach ((string name, Function function) in Functions.All)
        {
            scope.Set(name, function);
        }

        foreach ((string name, string token) in _specialTokens)
        {
            scope.Set(name, token);
        }

        foreach ((string name, object? value) in variables)
        {
            scope.Set(name, value);
        }

        return new Renderer(new RenderContext(_source, today)).Render(_statements, scope);
    }

    private static object? Message(ChatMessage message) => new OrderedDictionary<string, object?>(StringComparer.Ordinal)
    {
        ["role"] = message.Role,
        ["content"] = message.Content,
    };
}
