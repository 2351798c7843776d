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
  // Last, so that Enter takes one that there is.
  $.fn.select2.defaults.set('insertTag', (choices, made) => choices.push(made));
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
  // Backspace takes a choice away as a whole, and does not turn it into letters that the next ones would be added to.
  document.addEventListener('keydown', ({key, target}) => {
    if (key === 'Backspace' && !target.value && target.matches('.select2-search--inline .select2-search__field')) {
      setTimeout(() => $(target).val('').trigger('input'));
    }
  }, true);
  // After the admin's own script, which runs on the same event, has created the widgets.
  $(() => setTimeout(() => document.querySelectorAll('.admin-autocomplete').forEach(name)));
}
