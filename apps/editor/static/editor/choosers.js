/* What select2 lacks: tags that do not exist yet, and accessible names. */
'use strict';
{
  const $ = django.jQuery;
  const NEW = 'new:';

  // Only for selects with data-tags: the typed name can be chosen, and becomes a tag when the post is saved.
  $.fn.select2.defaults.set('createTag', function ({term}) {
    const name = term.trim().replace(/\s+/g, ' ');
    return name && {id: NEW + name, text: name, label: this.$element.data('newTag').replace('%s', name)};
  });
  $.fn.select2.defaults.set('templateResult', (choice) => choice.label || choice.text);

  const name = (select) => {
    const label = select.labels[0];
    const {$container, $selection} = $(select).data('select2') || {};
    if (!label || !$container) {
      return;
    }
    label.id ||= `${select.id}_label`;
    const shown = select.multiple ? '' : ` select2-${select.id}-container`;
    $selection.attr('aria-labelledby', label.id + shown);
    $container.find('.select2-search__field, [role=textbox]').attr('aria-labelledby', label.id);
  };
  // After the admin's own script, which runs on the same event, has created the widgets.
  $(() => setTimeout(() => document.querySelectorAll('.admin-autocomplete').forEach(name)));
}
